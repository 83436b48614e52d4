"""A question as SQL; what differs between engines is given to it."""

ORDER = "event_time DESC, position DESC"


class Dialect:
    """Texts as literals, and how a list is asked for an element, an event for a text, and a time is written."""

    def __init__(self, has_element, has_text, timestamp):
        self.has_element = has_element
        self.has_text = has_text
        self.timestamp = timestamp

    def condition(self, ask):
        parts = []
        for column, value, is_list in ask["fields"]:
            literal = "'" + value.replace("'", "''") + "'"
            parts.append(self.has_element.format(column=column, value=literal) if is_list else f"{column} = {literal}")
        parts += [self.has_text.format(text=word) for word in ask["words"]]
        if ask["range"]:
            first, last = (self.timestamp.format(at.replace("T", " ").removesuffix("Z")) for at in ask["range"])
            parts.append(f"event_time BETWEEN {first} AND {last}")
        return " AND ".join(parts) or "true"

    def page(self, table, ask, rows):
        return f"SELECT event FROM {table} WHERE {self.condition(ask)} ORDER BY {ORDER} LIMIT {rows}"

    def count(self, table, ask):
        return f"SELECT count(*) FROM {table} WHERE {self.condition(ask)}"

    def statement(self, table, text):
        return text.replace("FROM events", f"FROM {table}")
