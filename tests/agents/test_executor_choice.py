"""An agent's executor: its name and options, and what it needs before a model is asked."""

from __future__ import annotations

from typing import Any

import pytest

from pyagent import CodeAgent, ExecutorError, LocalExecutor, ScriptedModel

ANSWER = "```python\nfinal_answer(1)\n```"


class WithoutEngine(LocalExecutor):
    """Needs something that is missing until ``is_there``."""

    def __init__(self, *, waits: bool) -> None:
        super().__init__()
        self.check_waits = waits
        self.is_there = False
        self.checks = 0

    def check(self) -> None:
        self.checks += 1
        if not self.is_there:
            raise ExecutorError("There is no engine.", advice="Install one.")


@pytest.mark.parametrize("waits", [False, True])
def test_missing_engine_is_told_before_the_model_is_asked(waits: bool) -> None:
    executor, model = WithoutEngine(waits=waits), ScriptedModel([ANSWER, ANSWER])
    with CodeAgent([], model, executor=executor) as agent:
        failed = agent.run("Go.")
        assert failed.reason == "error"
        assert failed.problem is not None
        assert failed.problem.message == "There is no engine."
        assert failed.problem.advice == "Install one."
        assert failed.token_usage.input_tokens == 0
        executor.is_there = True
        assert [agent.run("Go.").output, agent.run("Go.").output] == [1, 1]
    assert executor.checks == 2  # once found, it is not looked for again


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"command": "no-such-docker"}, "There is no command 'no-such-docker'. Install Docker"),
        ({"command": "false"}, "false reaches no engine"),
        (
            {"command": ["docker", "--host", "unix:///no/docker.sock"]},
            "docker reaches no engine: .*sudo systemctl start docker",
        ),
    ],
)
def test_docker_says_what_is_missing(options: dict[str, Any], told: str) -> None:
    model = ScriptedModel([ANSWER])
    given: Any = {"executor_type": "docker", "executor_options": options}
    with CodeAgent([], model, **given) as agent, pytest.raises(ExecutorError, match=told):
        agent.run("Go.").raise_for_problem()


def test_executor_options_are_the_same_as_executor_kwargs() -> None:
    model = ScriptedModel([])
    with CodeAgent([], model, executor_options={"env": {"TZ": "UTC"}}) as agent:
        assert agent.executor_options == agent.executor_kwargs == {"env": {"TZ": "UTC"}}
        data = agent.to_dict()
        with CodeAgent.from_dict(data, model=model) as again:
            assert again.executor_options == {"env": {"TZ": "UTC"}}
    with pytest.raises(TypeError, match="two names"):
        CodeAgent([], model, executor_options={"env": {}}, executor_kwargs={"env": {}})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"memory": "1g"}, "memory: only for fence='bubblewrap'"),
        ({"fence": "wall"}, "no fence 'wall'"),
        ({"fence": "bubblewrap", "work_dir": "."}, "not in work_dir"),
        ({"fence": "bubblewrap", "memory": "lots"}, "'lots' is not a size"),
    ],
)
def test_options_of_a_fence_that_mean_nothing_are_refused(
    options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        CodeAgent([], ScriptedModel([]), executor_options=options)


def test_bubblewrap_that_is_missing_is_told_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    model = ScriptedModel([ANSWER])
    agent = CodeAgent([], model, executor_options={"fence": "bubblewrap"})
    with agent, pytest.raises(ExecutorError, match="sudo apt install bubblewrap"):
        agent.run("Go.").raise_for_problem()
