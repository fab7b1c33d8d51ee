"""How long Hypothesis searches: the same examples in every run, or FAIRLEAD_TEST_EXAMPLES=10000 new ones."""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = "FAIRLEAD_TEST_EXAMPLES"

settings.register_profile(
    "dealing",
    max_examples=int(os.environ.get(EXAMPLES, "200")),
    derandomize=EXAMPLES not in os.environ,
    deadline=None,
    database=None,
    # Every example is undone, so that the fixtures are as new for the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("dealing")
