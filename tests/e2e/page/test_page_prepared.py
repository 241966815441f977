"""Sandboxes start from a memory in which pandas is imported, and give the same values as others."""

from __future__ import annotations

from typing import Any

import pytest

from support.page.agent_page import AgentPage
from support.page.prepared import (
    IS_PREPARED,
    KEPT,
    await_kept,
    await_prepared_spare,
    open_prepared,
    site_has_memory,
    use_pandas_once,
)

from .test_page_spares import KILL, SEEN

pytestmark = pytest.mark.skipif(not site_has_memory(), reason="There is no memory for this build.")

RANDOM = """
import email.utils, random, secrets, sqlite3, tempfile, uuid
import numpy as np, pandas as pd

drawn = {
    "random": random.random(), "new Random": random.Random().random(),
    "SystemRandom": random.SystemRandom().random(), "sample": random.sample(range(10**9), 2),
    "uuid1": uuid.uuid1(), "uuid4": uuid.uuid4(), "getnode": uuid.getnode(),
    "secrets": secrets.token_hex(8), "mktemp": tempfile.mktemp(), "mkdtemp": tempfile.mkdtemp(),
    "sqlite": sqlite3.connect(":memory:").execute("select random()").fetchone(),
    "rand": np.random.rand(), "randint": np.random.randint(1 << 30),
    "permutation": np.random.permutation(10**5)[:3], "get_state": np.random.get_state()[1][:3],
    "default_rng": np.random.default_rng().random(), "RandomState": np.random.RandomState().rand(),
    "MT19937": np.random.Generator(np.random.MT19937()).random(),
    "pandas": pd.Series(range(10**5)).sample(3).tolist(),
    "styler": pd.DataFrame({"a": [1]}).style.uuid,
    "message id": email.utils.make_msgid(domain="x"),
}
final_answer({name: str(value) for name, value in drawn.items()})
"""
STATE = """
import numpy, pandas, pandas.io.excel, pandas.io.formats.html, pandas.io.formats.style
import pandas.io.formats.string
import asyncio, decimal, gc, js, locale, logging, os, signal, sys, tempfile, threading, time, uuid
import warnings
import pyodide_js

def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False

folders = ["/", "/home", "/home/pyodide", "/tmp", "/wheels", os.path.dirname(numpy.__path__[0])]
final_answer([
    sorted(sys.modules), dict(os.environ), sys.path, sys.argv, str(sys.flags), os.getcwd(),
    [type(finder).__name__ for finder in sys.meta_path], len(sys.path_hooks),
    [number for number in range(64) if is_open(number)],
    [sorted(os.listdir(folder)) for folder in folders],
    [getattr(signal.getsignal(number), "__qualname__", str(number)) for number in (2, 14, 15)],
    sys.getrecursionlimit(), sys.getswitchinterval(), sys.gettrace(), sys.getprofile(),
    time.tzname, time.timezone, str(time.localtime(0)), locale.setlocale(locale.LC_ALL),
    sorted(str(one) for one in warnings.filters), str(decimal.getcontext()), numpy.geterr(),
    logging.root.level, len(logging.root.handlers), [one.name for one in threading.enumerate()],
    gc.isenabled(), gc.get_threshold(), len(gc.garbage), tempfile.tempdir, uuid._node,
    type(asyncio.get_event_loop()).__name__, sorted(vars(sys.modules["builtins"])),
    sorted(js.Object.getOwnPropertyNames(js.self)), sorted(js.Object.keys(pyodide_js._module)),
])
"""
TABLES = """
import io
import numpy as np, pandas as pd

text = "day,city,rain\\n2026-03-28,Lisbon,1.5\\n2026-03-29,Porto,2.5\\n2026-03-30,Lisbon,4\\n"
table = pd.read_csv(io.StringIO(text), parse_dates=["day"])
by_city = table.groupby("city").rain.agg(["sum", "max"])
wide = table.pivot_table(index="day", columns="city", values="rain", aggfunc="sum").fillna(0)
local = table.day.dt.tz_localize("Europe/Lisbon").dt.tz_convert("UTC")
joined = table.merge(pd.DataFrame({"city": ["Porto"], "north": [True]}), how="left")
monthly = table.set_index("day").rain.resample("MS").mean()
final_answer([
    by_city.to_dict(), wide.to_numpy().tolist(), local.dt.hour.tolist(),
    int(joined.north.isna().sum()), monthly.round(3).tolist(),
    float(np.linalg.det(np.array([[2.0, 1], [1, 3]])).round(6)),
    np.fft.fft([1, 0, 0, 0]).real.tolist(), str(table.dtypes["city"]), table.rain.describe()["std"],
    [str(v) for v in pd.cut(table.rain, 2, labels=["low", "high"])],
    pd.to_datetime("01.02.2026", dayfirst=True).isoformat(),
])
"""
FILES = """
import pandas as pd
table = pd.read_csv("rain.csv", sep=";", decimal=",")
table.to_excel("rain.xlsx", index=False)
final_answer([table.mm.sum(), pd.read_excel("rain.xlsx").mm.tolist()])
"""
PLOT = """
import pandas as pd
import matplotlib.pyplot as plt
axes = pd.DataFrame({"x": [1, 2], "y": [3, 4]}).plot(x="x", y="y")
plt.show()
final_answer(axes.lines[0].get_ydata().tolist())
"""
ERRORS = """
import pandas as pd, numpy as np
found = []
for act in (lambda: pd.DataFrame({"a": [1]})["b"], lambda: pd.read_csv("none.csv"),
            lambda: np.array([1, 2]) @ np.array([1, 2, 3]), lambda: pd.to_datetime("x")):
    try:
        act()
    except Exception as error:
        found.append(type(error).__name__)
final_answer(found)
"""

_DAMAGE = """async (damage) => {
  const store = await caches.open("pyagent-packages");
  const [key] = (await store.keys()).filter(({ url }) => url.includes("/prepared-"));
  const file = await (await store.match(key)).blob();
  const zeros = new Uint8Array(200);
  const parts = {
    cut: [file.slice(0, 1_000_000)],
    memory: [file.slice(0, -40_000_000), zeros, file.slice(-39_999_800)],
  };
  await store.put(key, new Response(new Blob(parts[damage])));
}"""
_OTHER_BUILD = """async () => {
  const store = await caches.open("pyagent-packages");
  const url = new URL("packages/lock.json", document.baseURI);
  const lock = await (await store.match(url)).json();
  lock.prepared.build_id = "0123456789abcdef";
  await store.put(url, new Response(JSON.stringify(lock)));
}"""
_FORGET_WHEEL = """async () => {
  const store = await caches.open("pyagent-packages");
  for (const { url } of await store.keys()) if (url.includes("/six-")) await store.delete(url);
}"""


@pytest.fixture
def prepared(agent_page: AgentPage) -> AgentPage:
    """A page whose sandboxes start from the prepared memory: an earlier visit has used pandas."""
    use_pandas_once(agent_page)
    open_prepared(agent_page)
    return agent_page


def test_the_memory_comes_once_code_has_used_pandas(agent_page: AgentPage) -> None:
    agent_page.open()
    assert agent_page.answer(IS_PREPARED) is False
    assert agent_page.answer("import six\nfinal_answer(six.PY3)") is True
    assert agent_page.page.evaluate(KEPT) == []
    agent_page.answer("import pandas\nfinal_answer(1)")
    await_prepared_spare(agent_page)  # between two steps the spare is replaced
    assert agent_page.answer(KILL, IS_PREPARED) is True


def test_the_first_sandbox_of_a_later_visit_the_spare_and_one_after_a_kill_start_from_it(
    agent_page: AgentPage,
) -> None:
    use_pandas_once(agent_page)
    open_prepared(agent_page)
    assert agent_page.answer(IS_PREPARED) is True
    await_prepared_spare(agent_page)
    assert agent_page.answer(KILL, IS_PREPARED) is True
    assert agent_page.answer(KILL, KILL, IS_PREPARED) is True  # with no spare that is ready


@pytest.mark.parametrize("code", [STATE, TABLES, ERRORS], ids=["state", "tables", "errors"])
def test_values_are_those_of_a_sandbox_that_imports_pandas_itself(
    agent_page: AgentPage, code: str
) -> None:
    agent_page.open()
    plain = agent_page.answer(code)
    await_kept(agent_page)
    open_prepared(agent_page)
    assert agent_page.answer(IS_PREPARED) is True
    assert agent_page.answer(code) == plain
    if code == TABLES:
        assert plain[0]["sum"] == {"Lisbon": 5.5, "Porto": 2.5}
        assert plain[2] == [0, 0, 23]  # the clocks changed on 29 March


def test_files_plots_and_later_packages_work(prepared: AgentPage) -> None:
    result = prepared.run(FILES, files=[("rain.csv", "day;mm\n1;1,5\n2;2,5\n")])
    assert result["output"] == [4, [1.5, 2.5]]
    result = prepared.run(PLOT)
    assert result["output"] == [3, 4]
    [shown] = prepared.seen("step_display")
    assert "image/svg+xml" in shown["bundle"]
    code = (
        "import sklearn.linear_model as m\nfit = m.LinearRegression().fit([[0.0], [1]], [1.0, 3])"
    )
    assert prepared.answer(f"{code}\nfinal_answer(round(float(fit.coef_[0]), 6))") == 2


def test_nothing_random_repeats_between_sandboxes(prepared: AgentPage) -> None:
    drawn: list[dict[str, Any]] = [prepared.answer(RANDOM)]
    for _ in range(2):
        drawn.append(prepared.answer(KILL, RANDOM))
    open_prepared(prepared)
    drawn.append(prepared.answer(RANDOM))
    for name in drawn[0]:
        assert len({values[name] for values in drawn}) == 4, (name, drawn)


def test_the_memory_is_invisible_to_code(agent_page: AgentPage) -> None:
    agent_page.open()
    before = agent_page.answer(SEEN)
    use_pandas_once(agent_page)
    open_prepared(agent_page)
    assert agent_page.answer(SEEN) == before
    agent_page.answer("pandas", "final_answer(1)")
    assert agent_page.seen("step_finished")[0]["error"]["type"] == "NameError"
    assert agent_page.answer(IS_PREPARED) is True


def test_variables_survive_the_loss_of_such_a_sandbox(prepared: AgentPage) -> None:
    prepared.answer("import pandas as pd\ntable = pd.DataFrame({'a': [1, 2]})\nfinal_answer(1)")
    assert prepared.answer(KILL, "final_answer([int(table.a.sum()), pd.__name__])") == [3, "pandas"]


@pytest.mark.parametrize("damage", ["cut", "memory"])
def test_a_damaged_memory_is_passed_over_and_brought_anew(prepared: AgentPage, damage: str) -> None:
    prepared.page.evaluate(_DAMAGE, damage)
    prepared.open()
    assert prepared.answer(IS_PREPARED) is False
    assert prepared.answer("import pandas as pd\nfinal_answer(int(pd.Series([1, 2]).sum()))") == 3
    await_kept(prepared)
    open_prepared(prepared)
    assert prepared.answer(IS_PREPARED) is True


@pytest.mark.parametrize("change", [_OTHER_BUILD, _FORGET_WHEEL], ids=["build", "wheel"])
def test_a_memory_that_cannot_be_used_leaves_a_plain_sandbox(
    prepared: AgentPage, change: str
) -> None:
    prepared.page.route("**/packages/*", lambda route: route.abort())
    prepared.page.evaluate(change)
    prepared.open()
    assert prepared.answer(IS_PREPARED) is False
    prepared.page.unroute_all(behavior="ignoreErrors")
    assert prepared.answer("import pandas as pd\nfinal_answer(int(pd.Series([1, 2]).sum()))") == 3
