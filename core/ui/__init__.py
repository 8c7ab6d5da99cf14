"""The screen: the only code that imports streamlit. It asks core and draws the answer."""
