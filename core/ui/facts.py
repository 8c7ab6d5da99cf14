"""What a corpus looks like: counts, lengths, dimension, spectrum, effective rank. Worked out once per corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.types import Corpus, Floats
from core.ui import services

SAMPLE = 20_000  # rows the spectrum is taken from


@dataclass(frozen=True)
class Shape:
    """eigenvalues (d,) of the documents' covariance, falling; rank: directions that would carry as much if even."""

    eigenvalues: Floats
    rank: float


@st.cache_resource(show_spinner="Looking at the spectrum", max_entries=16)
def shape(fp: str) -> Shape:
    """Effective rank is the exponential of the entropy of the eigenvalues' shares (Roy and Vetterli 2007)."""
    docs = services.vectors(fp).docs
    step = max(1, len(docs) // SAMPLE)
    rows = np.asarray(docs[::step], np.float64)
    lam = np.linalg.eigvalsh(np.cov(rows.T))[::-1].clip(0)
    p = lam / lam.sum()
    p = p[p > 0]
    return Shape(lam, float(np.exp(-(p * np.log(p)).sum())))


@st.cache_resource(show_spinner=False, max_entries=16)
def lengths(fp: str) -> Floats:
    """Words of each document (n,)."""
    c: Corpus = services.corpus(fp)
    return np.array([len(t.split()) for t in c.texts], float)
