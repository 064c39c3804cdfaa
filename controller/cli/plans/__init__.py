"""A plan as text, as JSON and as Markdown: values in, text out; nothing is printed here."""
