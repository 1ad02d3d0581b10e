"""Where calcrag meets people and programs: the command line, LangChain. Each only shows what the wings return."""
