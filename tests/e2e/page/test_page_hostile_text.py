"""Text, pictures and pages from a model: they load nothing and run nothing."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step
from support.page.canary import Canary

MARKS = """
Seen: ![a picture]({canary}/markdown-image) and ![by name][far].
<img src="{canary}/img" onerror="window.top.hacked = 'img'">
<script>window.top.hacked = "script"</script>
<svg onload="window.top.hacked = 'svg'"><image href="{canary}/svg-image"/></svg>
<style>@import "{canary}/style";</style>
<iframe src="{canary}/frame"></iframe>
<link rel="prefetch" href="{canary}/prefetch">
[harmless](javascript:window.top.hacked='link') and [data](data:text/html,<script>1</script>)

[far]: {canary}/reference
"""
PAGE = """
<body background="{canary}/background">
<img src="{canary}/html-img"><script>parent.hacked = 'html'; fetch('{canary}/html-fetch')</script>
<meta http-equiv="refresh" content="0;url={canary}/refresh">
<form action="{canary}/form"><button autofocus>go</button></form>
<p>The page is there.</p>
"""
PICTURE = """
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     width="64" height="48" onload="parent.hacked = 'picture'">
  <script>top.hacked = 'picture script'; fetch('{canary}/picture-fetch')</script>
  <image href="{canary}/picture-image" width="10" height="10"/>
  <style>@import url("{canary}/picture-style");</style>
  <foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="{canary}/foreign"/></foreignObject>
</svg>
"""


def code_of(canary: str) -> str:
    shown = {"page": PAGE.format(canary=canary), "picture": PICTURE.format(canary=canary)}
    marks = MARKS.format(canary=canary)
    return (
        f"display(HTML({shown['page']!r}))\ndisplay(SVG({shown['picture'].strip()!r}))\n"
        f"final_answer({marks!r})"
    )


def test_nothing_from_a_model_loads_or_runs(agent_page: AgentPage) -> None:
    page = agent_page.page
    with Canary() as canary:
        agent_page.open()
        marks = MARKS.format(canary=canary.address)
        agent_page.replies.append(streamed(marks + step(code_of(canary.address))))
        assert agent_page.run()["success"]

        answer = page.locator("pa-bundle.answer")
        expect(answer).to_contain_text("a picture")
        expect(answer).to_contain_text("<script>window.top.hacked")
        expect(page.locator("pa-image img").last).to_have_js_property("naturalWidth", 64)
        frame = page.frame_locator("pa-html iframe").last
        expect(frame.get_by_text("The page is there.")).to_be_visible()
        page.get_by_text("1 step").first.click()
        expect(page.locator("pa-markdown.thought")).to_contain_text("a picture")

        links = page.locator("pa-markdown a")
        addresses = links.evaluate_all("all => all.map(({ href }) => href)")
        assert addresses
        assert all(address.startswith("http") for address in addresses)
        for link in links.all():
            assert link.get_attribute("rel") == "noopener noreferrer"
        assert page.evaluate("() => window.hacked ?? null") is None
        assert page.url == agent_page.site
        assert canary.heard == []


def test_the_same_without_a_fence_does_load_and_run(browser: Browser) -> None:
    """The control: what must be held back above is really dangerous."""
    with Canary() as canary, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{canary.address}/")
        loose = [MARKS.format(canary=canary.address), PICTURE.format(canary=canary.address)]
        page.set_content("".join(loose), wait_until="load")
        assert page.evaluate("() => window.hacked") is not None
        assert {"img", "frame", "style"} <= set(canary.heard)
