"""Ask a running shop as many customers would: a load test by locust.

    RECX_SECRET=… python -m recx_lib.serve --port 8000
    RECX_SECRET=… locust --locustfile deploy/locustfile.py --headless \
        --host http://127.0.0.1:8000 --users 140 --spawn-rate 20 --run-time 60s

Each customer asks for three products with their sentences every second or so,
and now and then why. Locust prints requests and failures a second, and after
how many milliseconds 50, 95 and 99 of 100 had their answer. `pip install -e
'.[load]'` brings it; without `--headless` it has a page to watch.
"""

import os
import random

from locust import FastHttpUser, between, task

from recx_lib.data import load_reviews
from recx_lib.serve import token_for

CUSTOMERS = load_reviews(os.environ.get("RECX_CUSTOMERS", "shop")).users.raw


class Customer(FastHttpUser):
    """Somebody who asks for a list every second or so, and sometimes why."""

    wait_time = between(0.5, 1.5)  # seconds, not all at once

    def on_start(self) -> None:
        """Become one of the customers, with their token."""
        name = random.choice(CUSTOMERS)
        token = token_for(name, os.environ["RECX_SECRET"])
        self.token = {"Authorization": f"Bearer {token}"}

    @task(9)
    def recommend(self) -> None:
        """Ask for a list and its sentences."""
        self.client.get("/recommend", headers=self.token)

    @task(1)
    def explain(self) -> None:
        """Ask for a list, and why its first product stands there."""
        answer = self.client.get("/recommend", headers=self.token)
        if answer.status_code != 200:
            return  # counted as a failure: nothing to ask about
        first, path = answer.json()["items"][0]["item"], "/explain"
        self.client.get(f"{path}?item={first}", headers=self.token, name=path)
