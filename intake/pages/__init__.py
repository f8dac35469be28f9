"""Pages for people who look after the judgement: what was read in a message, and how a labelled corpus was met."""
