import ast
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import wenmai

SOURCES = Path(wenmai.__file__).parent
HEAVY = {
    *("altair", "datasets", "ftfy", "numba", "numpy", "opencc", "pandas", "polars", "pyarrow", "pydantic", "rich"),
    *("rjieba", "safetensors", "scipy", "selectolax", "sklearn", "tokenizers", "torch", "trafilatura", "typer"),
    "vl_convert",
}


def test_the_import_brings_nothing_heavy():
    program = "import sys, wenmai; dir(wenmai); print(*{name.partition('.')[0] for name in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "wenmai" in ran.stdout.split()
    assert HEAVY & set(ran.stdout.split()) == set()


@pytest.mark.parametrize("name", wenmai.__all__)
def test_every_public_name_can_be_had(name):
    value = getattr(wenmai, name)
    assert not isinstance(value, ModuleType)
    assert name == "__version__" or value.__doc__
    assert getattr(wenmai, name) is value


def test_no_function_shares_its_name_with_a_package():
    packages = {path.parent.name for path in SOURCES.glob("*/__init__.py")}
    assert packages & set(wenmai.__all__) == set()


def test_the_public_names_are_listed_once_in_order():
    assert sorted(set(wenmai.__all__)) == wenmai.__all__
    assert dir(wenmai) == wenmai.__all__


def test_the_names_for_type_checkers_are_those_that_are_imported_late():
    tree = ast.parse(Path(wenmai.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    shown = {alias.name: node.module for node in block.body for alias in node.names}
    late = {name: f"wenmai.{home}" for name, home in wenmai._HOMES.items()}
    assert shown == late
    assert {*late, "__version__"} == set(wenmai.__all__)


def test_a_name_that_there_is_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'wenmai' has no attribute 'trian'"):
        _ = wenmai.trian


FORBIDDEN = {
    "pickle": r"\b(c?pickle|cloudpickle|dill|joblib|marshal|shelve)\b(?=[.]|\s+import|\s*$)",
    "eval": r"(?<![\w.])(eval|exec|compile|__import__)\(",
    "numpy's pickles": r"allow_pickle\s*=\s*True",
    "torch's pickles": r"torch\.load\((?![^)]*weights_only\s*=\s*True)",
    "foreign code": r"trust_remote_code",
    "shells": r"\b(os\.system|os\.popen|shell\s*=\s*True)\b",
}


def code_of(path):
    """A source file without its docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = ""
    return ast.unparse(tree)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_in_a_file_is_ever_run(what):
    files = sorted(SOURCES.rglob("*.py"))
    assert len(files) > 40
    found = [
        str(file.relative_to(SOURCES)) for file in files if re.search(FORBIDDEN[what], code_of(file), re.MULTILINE)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("pickle", "import pickle"),
        ("pickle", "joblib.load(file)"),
        ("eval", "x = eval(text)"),
        ("eval", "module = __import__(name)"),
        ("numpy's pickles", "np.load(file, allow_pickle=True)"),
        ("torch's pickles", "torch.load(file)"),
        ("foreign code", "load(name, trust_remote_code=True)"),
        ("shells", "subprocess.run(command, shell=True)"),
    ],
)
def test_the_search_finds_what_it_looks_for(what, code):
    assert re.search(FORBIDDEN[what], code, re.MULTILINE)


def test_modules_are_imported_by_name_only_from_tables_written_here():
    using = [
        str(file.relative_to(SOURCES)) for file in sorted(SOURCES.rglob("*.py")) if "import_module(" in code_of(file)
    ]
    assert using == ["__init__.py", "catalog/catalog.py"]
