import pytest

from tests.vendors.openai.model_dialogue import Dialogue


@pytest.fixture
def ga() -> Dialogue:
    """An open GA session."""
    return Dialogue("ga").open()


@pytest.fixture
def beta() -> Dialogue:
    """An open beta session."""
    return Dialogue("beta").open()


@pytest.fixture(params=["ga", "beta"])
def either(request: pytest.FixtureRequest) -> Dialogue:
    """An open session, in each dialect."""
    return Dialogue(request.param).open()
