"""What people read, in English and Russian."""

from funnelsim.views.texts.catalogue import LANGUAGES, TEXTS, TOPICS, count, text
from funnelsim.views.texts.counted import COUNTED

__all__ = ["COUNTED", "LANGUAGES", "TEXTS", "TOPICS", "count", "text"]
