"""Rendering: what a model, a tool or a file says is shown, and it loads, runs and covers nothing.

Each text is shown in the page, where the canary must stay silent, and once in a page without a
fence, where it must do its harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from support.page.agent_page import AgentPage, step
from support.page.canary import Canary

from .attacker import Attacker, at_once
from .cases import Case, each


@dataclass(frozen=True, kw_only=True)
class Shown(Case):
    """``attack`` is a text with the canary's ``{url}``. ``harm`` is what it does without a fence:
    it loads the address, or JavaScript is true in the page."""

    harm: str = "loads"


TEXTS = [
    Shown(name="picture", attack="<img src='{url}'>"),
    Shown(name="set of pictures", attack="<img srcset='{url} 2x' src='{url}'>"),
    Shown(
        name="picture with an error", attack="<img src=x: onerror='top.hacked = 1'>", harm="hacked"
    ),
    Shown(name="script", attack="<script>top.hacked = 1</script>", harm="hacked"),
    Shown(name="script by address", attack="<script src='{url}'></script>"),
    Shown(name="frame", attack="<iframe src='{url}'></iframe>"),
    Shown(name="frame in a text", attack="<iframe srcdoc=\"<img src='{url}'>\"></iframe>"),
    Shown(name="object", attack="<object data='{url}'></object>"),
    Shown(name="embedding", attack="<embed src='{url}'>"),
    Shown(name="video with its poster", attack="<video src='{url}' poster='{url}'></video>"),
    Shown(name="sound", attack="<audio src='{url}' autoplay></audio>"),
    Shown(name="style sheet", attack="<link rel='stylesheet' href='{url}'>"),
    Shown(name="preload", attack="<link rel='preload' as='image' href='{url}'>"),
    Shown(name="prefetch", attack="<link rel='prefetch' href='{url}'>"),
    Shown(name="module", attack="<link rel='modulepreload' href='{url}'>"),
    Shown(name="icon", attack="<link rel='icon' href='{url}'>", harm=""),
    Shown(name="preconnect", attack="<link rel='preconnect' href='{url}'>", harm=""),
    Shown(name="import in a style", attack="<style>@import '{url}';</style>"),
    Shown(name="background of a style", attack="<p style=\"background: url('{url}')\">x</p>"),
    Shown(
        name="picture set of a style",
        attack="<style>p {{ background: image-set(url('{url}') 1x) }}</style><p>x</p>",
    ),
    Shown(
        name="font of a style",
        attack="<style>@font-face {{ font-family: f; src: url('{url}') }} p {{ font-family: f }}"
        "</style><p>x</p>",
    ),
    Shown(name="cursor and list", attack="<ul style=\"list-style: url('{url}')\"><li>x</ul>"),
    Shown(name="refresh", attack="<meta http-equiv='refresh' content='0;url={url}'>"),
    Shown(name="base", attack="<base href='{url}/'><img src='x'>"),
    Shown(name="old background", attack="<table background='{url}'><tr><td>x</table>"),
    Shown(
        name="form that sends itself",
        attack="<form id=f action='{url}'></form><img src=x: onerror='f.submit()'>",
    ),
    Shown(
        name="picture in a drawing",
        attack="<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}'/></svg>",
    ),
    Shown(
        name="HTML in a drawing",
        attack="<svg xmlns='http://www.w3.org/2000/svg'><foreignObject width='9' height='9'>"
        "<img xmlns='http://www.w3.org/1999/xhtml' src='{url}'/></foreignObject></svg>",
    ),
    Shown(
        name="script in a drawing",
        attack="<svg xmlns='http://www.w3.org/2000/svg' onload='top.hacked = 1'>"
        "<script>top.hacked = 1</script></svg>",
        harm="hacked",
    ),
    Shown(
        name="filter in a drawing",
        attack="<svg xmlns='http://www.w3.org/2000/svg'><filter id='f'><feImage href='{url}'/>"
        "</filter><rect width='9' height='9' filter='url(#f)'/></svg>",
    ),
    Shown(
        name="style in a drawing",
        attack="<svg xmlns='http://www.w3.org/2000/svg'><style>@import url('{url}');</style></svg>",
    ),
    Shown(
        name="formula that confuses the reader",
        attack="<math><mtext><table><mglyph><style><!--</style><img title='-->"
        "<img src=x: onerror=top.hacked=1>'>",
        harm="",
    ),
    Shown(name="names of the page", attack="<form id='frames'><input name='body'></form>", harm=""),
    Shown(
        name="focus and title",
        attack="<title>Your bank</title><input autofocus onfocus='top.hacked = 1'>",
        harm="hacked",
    ),
    Shown(
        name="a window above all",
        attack="<dialog open style='position:fixed;width:100%;height:100%'>Enter your key</dialog>",
        harm="document.elementFromPoint(200, 200)?.closest('dialog')",
    ),
]

MARKDOWN = [
    Case(name="picture", attack="![seen]({url})"),
    Case(name="picture by name", attack="![seen][far]\n\n[far]: {url}"),
    Case(name="link that runs", attack="[run](javascript:top.hacked=1)"),
    Case(name="link that runs, in parts", attack="[run](java&#115;cript&colon;top.hacked=1)"),
    Case(name="link with a page", attack="[run](data:text/html,<script>top.hacked=1</script>)"),
    Case(name="link to a file", attack="[run](file:///etc/passwd) <blob:null/1>"),
    Case(name="link that hides where it leads", attack="[https://bank.example]({url})"),
    Case(name="link with a name of another", attack="[a]({url} \"x' onmouseover='top.hacked=1\")"),
    Case(name="code that ends", attack="```html\n</code></pre><img src='{url}'>\n```"),
    Case(name="language of code", attack="```x\"><img/src='{url}'>\nx\n```"),
    Case(name="table of pictures", attack="| a |\n|---|\n| <img src='{url}'> |"),
    Case(
        name="formula",
        attack="$\\href{{javascript:top.hacked=1}}{{x}}$ $\\includegraphics{{{url}}}$",
    ),
]

EVERYTHING = """
drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>'
display(SVG(drawing))
display(HTML("<p>shown</p>"))
final_answer("A sum: $x^2$, and `code`.\\n\\n```python\\nx = 1\\n```\\n\\n| a |\\n|---|\\n| 1 |")
"""
NOTE_REFUSALS = """window.refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));"""

BEFORE = "() => [document.title, location.href, history.length, window.hacked ?? null]"


@pytest.fixture(scope="module")
def silent() -> Iterator[Canary]:
    """A canary that must hear nothing, not even after the last text."""
    with Canary() as canary:
        yield canary
        assert (canary.heard, canary.connections) == ([], 0)


@pytest.fixture(scope="module", autouse=True)
def wide(attacker: Attacker) -> None:
    attacker.page.set_viewport_size({"width": 900, "height": 700})


@each(TEXTS)
def test_page_in_a_result_loads_and_runs_nothing(
    attacker: Attacker, silent: Canary, case: Shown
) -> None:
    text = case.attack.format(url=f"{silent.address}/{case.name.replace(' ', '-')}")
    before = attacker.page.evaluate(BEFORE)
    drawing = f"display(SVG({text!r}))\n" if text.startswith("<svg") else ""
    code = f"{drawing}display(HTML({text + '<p>shown</p>'!r}))\nfinal_answer({text!r})"
    attacker.agent_page.replies.append(at_once(f"Look: {text}\n\n{step(code)}"))
    attacker.answer()
    frame = attacker.page.frame_locator("pa-html iframe").last
    expect(frame.locator("body")).to_be_attached()
    assert silent.heard == []
    assert attacker.page.evaluate(BEFORE) == before
    covering = "document.elementFromPoint(450, 30)?.closest('dialog, form[action]') === null"
    assert attacker.page.evaluate(covering)
    attacker.page.evaluate("document.querySelector('py-agent').clear()")


@each(MARKDOWN)
def test_markdown_loads_and_runs_nothing(attacker: Attacker, silent: Canary, case: Case) -> None:
    text = case.attack.format(url=f"{silent.address}/markdown")
    before = attacker.page.evaluate(BEFORE)
    attacker.answer(f"final_answer({text!r})")
    links = attacker.page.locator("pa-bundle.answer pa-markdown a")
    for link in links.all():
        address = link.evaluate("(link) => link.href")
        assert re.match("$|https?:|mailto:", address), address
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert "on" not in {name[:2] for name in link.evaluate("(it) => it.getAttributeNames()")}
    if "bank" in case.attack:
        expect(links.last.locator("xpath=..")).to_contain_text(silent.address)
    assert attacker.page.locator("pa-markdown img").count() == 0
    assert silent.heard == []
    assert attacker.page.evaluate(BEFORE) == before


def test_the_page_shows_everything_within_its_own_policy(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        context.add_init_script(NOTE_REFUSALS)
        with AgentPage(context.new_page(), site) as agent_page:
            agent_page.open()
            Attacker(agent_page).answer(EVERYTHING)
            page = agent_page.page
            for shown in ("pa-html iframe", "pa-markdown math", "pa-markdown table", "img"):
                expect(page.locator(f"py-agent {shown}").first).to_be_attached()
            page.get_by_title("Model and settings").click()
            expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
            assert page.evaluate("refused") == []
            page.evaluate("try { document.body.innerHTML = 'x' } catch {}")
            page.wait_for_function("refused.includes('require-trusted-types-for')")


@pytest.fixture
def loose(browser: Browser) -> Iterator[tuple[Page, Canary]]:
    """A page without a fence, at the canary's own address."""
    with Canary() as canary, browser.new_page() as page:
        page.set_viewport_size({"width": 900, "height": 700})
        yield page, canary


@each(case for case in TEXTS if case.harm)
def test_the_same_does_its_harm_without_a_fence(loose: tuple[Page, Canary], case: Shown) -> None:
    page, canary = loose
    page.goto(f"{canary.address}/page.html")
    name = case.name.replace(" ", "-")
    page.set_content(case.attack.format(url=f"{canary.address}/{name}"), wait_until="commit")
    if case.harm == "loads":
        assert canary.hears(name), canary.heard
    else:
        expression = "window.hacked" if case.harm == "hacked" else case.harm
        page.wait_for_function(f"Boolean({expression})")
