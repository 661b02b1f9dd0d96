"""The quotas of connections, which several processes spend together: each is a bucket that fills with time."""

from sqlalchemy import Engine, bindparam, text

_SPENT = text("""
    INSERT INTO quotas AS known (connection, "left", since)
    VALUES (:connection, :most - :requests, extract(epoch FROM clock_timestamp()))
    ON CONFLICT (connection) DO UPDATE SET
        "left" = least(:most, known."left" + greatest(0, excluded.since - known.since) * :a_second) - :requests,
        since = greatest(known.since, excluded.since)
    RETURNING "left"
""").bindparams(*(bindparam(name) for name in ("connection", "most", "requests", "a_second")))


class Quotas:
    """What is left of each connection's quota, by the clock of the ledger's server. Made by the ledger."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine whose schema is up to date."""
        self._engine = engine

    def spend(self, connection: str, requests: int, a_second: float, most: int) -> float:
        """Take so many requests, and return how many seconds have to go by before they may be made.

        The bucket gains so many ``a_second``, and holds ``most`` of them.
        """
        told = {"connection": connection, "requests": requests, "a_second": a_second, "most": float(most)}
        with self._engine.begin() as server:
            left = float(server.execute(_SPENT, told).scalar_one())
        return max(0.0, -left / a_second)
