"""The lesson: one page without a server, on which stages are dropped and causes changed, and the answer is exact."""

from funnelsim.views.lesson.page import write_lesson

__all__ = ["write_lesson"]
