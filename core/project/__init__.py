"""A corpus as a map: where vectors stand in two dimensions, how true that is, and which neighbours a plan keeps."""
