"""The beginning: a folder with a first funnel, scenarios, sample data and a notebook, ready to run."""

from funnelsim.views.starting.answers import Answers, Step, default_answers
from funnelsim.views.starting.folder import Beginning, init

__all__ = ["Answers", "Beginning", "Step", "default_answers", "init"]
