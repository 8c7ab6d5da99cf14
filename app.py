"""The launcher: `streamlit run app.py`. The page frame is core/ui/main.py."""

from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st


@asynccontextmanager
async def lifespan(app: st.App):
    yield
    from core.ui.services import close

    close()


app = st.App(Path(__file__).parent / "core/ui/main.py", lifespan=lifespan)

if __name__ == "__main__":
    app.run()
