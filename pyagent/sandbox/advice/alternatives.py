"""What to use in place of modules that code imports in vain. A table, and near names.

The finder of missing modules and the page's installer ask here. Nothing is imported.
"""

from __future__ import annotations

import difflib
import sys

_NETS = "use MLPClassifier or MLPRegressor of sklearn instead"
_TREES = "use HistGradientBoostingClassifier or HistGradientBoostingRegressor of sklearn instead"
_PANDAS = "use pandas instead"
_PLOTS = "use matplotlib instead"
_PICTURES = "use PIL and numpy instead"
_FITS = "use numpy.linalg.lstsq, scipy.stats or sklearn.linear_model instead"
_PARQUET = "use CSV, Excel or JSON in place of Parquet and Feather"
_DATABASES = "no database server can be reached, so use sqlite3 or pandas instead"
_NETWORK = "there is no network, so use the tools and the files that you have"
_WORDS = "use re, collections.Counter or sklearn.feature_extraction.text instead"
_WINDOWS = "there is no screen, so print, or show pictures with matplotlib"

_ANYWHERE = {
    _TREES: "xgboost lightgbm catboost",
    _PANDAS: "polars dask modin vaex duckdb ibis",
    _PLOTS: "plotly bokeh altair plotnine holoviews",
    _PICTURES: "cv2 skimage imageio",
    _FITS: "statsmodels pingouin linearmodels prophet pmdarima",
    _PARQUET: "pyarrow fastparquet",
    _WORDS: "nltk spacy gensim textblob",
    _DATABASES: "sqlalchemy pymysql redis",
}
"""Advice → modules that may be had: where Pyodide's packages or the package index can be reached,
or where they are installed."""

_NEVER_IN_PAGES = {
    _NETS: "torch tensorflow keras jax flax transformers torchvision",
    _PANDAS: "pyspark cudf ray",
    _DATABASES: "psycopg2 psycopg pyodbc mysql pymongo oracledb asyncpg",
    _NETWORK: "selenium playwright scrapy yfinance aiohttp websockets paramiko boto3 httpcore",
    _WINDOWS: "tkinter turtle pygame PyQt5 PyQt6 PySide6 curses pyautogui",
    "code here cannot start processes, so call the functions one after another": "_multiprocessing",
}
"""Advice → modules that no page can run, so that the index is not asked for them."""

INSTEAD = {
    module: advice
    for table in (_ANYWHERE, _NEVER_IN_PAGES)
    for advice, modules in table.items()
    for module in modules.split()
}
NEVER_IN_PAGES = frozenset(" ".join(_NEVER_IN_PAGES.values()).split())

_KNOWN = (
    *("numpy", "pandas", "scipy", "sklearn", "matplotlib", "seaborn", "sympy", "networkx"),
    *("openpyxl", "xlrd", "xlsxwriter", "docx", "pptx", "pypdf", "requests"),
)
"""Packages whose names are often misspelled."""

_IMPORTED_AS = {
    "beautifulsoup": "bs4",
    "beautifulsoup4": "bs4",
    "Image": "PIL.Image",
    "opencv": "cv2",
    "pil": "PIL",
    "pillow": "PIL",
    "Pillow": "PIL",
    "pyplot": "matplotlib.pyplot",
    "python_dateutil": "dateutil",
    "python_docx": "docx",
    "python_pptx": "pptx",
    "pyyaml": "yaml",
    "scikit_learn": "sklearn",
    "skicit_learn": "sklearn",
}
"""Names of distributions, and others that are written for a module, → the module."""


_LONG_NAME = 5
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def not_had(module: str, reason: str) -> str:
    """Say that a module cannot be had and why, in one sentence with what to use instead."""
    advice = _advice(module)
    if reason.endswith("."):  # a sentence that somebody else wrote
        return f"No module named {module!r}: {reason} {advice[0].upper()}{advice[1:]}"
    return f"No module named {module!r}: {reason}; {advice}"


def meant_by(module: str) -> str:
    """The module that a name surely stands for: another name of it, or one slip of the keys away.

    Empty when there is none. The answer may be asked for before the package index is.
    """
    if (known := _IMPORTED_AS.get(module)) is not None:
        return known
    return next((name for name in _KNOWN if _is_slip(module.lower(), name)), "")


def _advice(module: str) -> str:
    if module in INSTEAD:
        return INSTEAD[module]
    names = [*_KNOWN, *(name for name in sys.stdlib_module_names if not name.startswith("_"))]
    near = difflib.get_close_matches(module, names, n=1, cutoff=0.8)
    return f"did you mean {near[0]}?" if near else "use the standard library or do without"


def _is_slip(written: str, name: str) -> bool:
    """Whether one letter of a long name is missing, added, swapped with the next one, or that of
    the key beside it.

    Any other letter is no slip: simpy is not sympy. Nor is a number: PyPDF2 is not pypdf.
    """
    if written == name or abs(len(written) - len(name)) > 1 or not written.isalpha():
        return False
    if len(name) < _LONG_NAME:  # doc is not docx
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(written, name, strict=False)) if a != b),
        min(len(written), len(name)),
    )
    a, b = written[start:], name[start:]
    if len(a) == len(b):
        if a[1:] == b[1:]:
            return any(pair in keys for keys in _KEYS for pair in (a[0] + b[0], b[0] + a[0]))
        return a[:2] == b[1::-1] and a[2:] == b[2:]
    return a[1:] == b if len(a) > len(b) else a == b[1:]
