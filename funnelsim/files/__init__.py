"""Files: YAML ⇄ model. The only place for pydantic and YAML."""
