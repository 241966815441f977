"""Prints an agent as a tree on the terminal, for ``agent.visualize``.

Imported only when needed, because it imports ``rich``.
"""

from __future__ import annotations

from rich.console import Console
from rich.tree import Tree

from pyagent.agents.copies import Copyable
from pyagent.agents.terminal.printing import one_line, plain, plain_text

_TEXT_CHARS = 100


def show_agent(agent: Copyable) -> None:
    """Print the agent with its tools and its managed agents."""
    Console().print(_agent_tree(agent))


def _agent_tree(agent: Copyable) -> Tree:
    headline = [agent.name, *agent._facts] if agent.name else agent._facts
    tree = Tree(plain_text(" · ".join(headline), "bold"))
    if agent.description:
        tree.add(plain_text(one_line(agent.description, _TEXT_CHARS), "italic"))
    for note in agent._notes:
        tree.add(plain_text(note))
    tools = [tool for tool in agent.tools if tool.name not in agent.managed_agents]
    if tools:
        branch = tree.add(plain_text("tools", "dim"))
        for tool in tools:
            line = plain_text(f"{tool.name}{tool.signature}", "cyan")
            branch.add(line.append(f"  {plain(one_line(tool.description, _TEXT_CHARS))}"))
    if agent.managed_agents:
        branch = tree.add(plain_text("managed agents", "dim"))
        for managed in agent.managed_agents.values():
            branch.add(_agent_tree(managed))
    return tree
