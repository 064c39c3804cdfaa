"""docs/api.md says what the models say."""

from tests import generated
from tests.model import reference


def test_the_page_is_what_the_models_say() -> None:
    generated.assert_equal("docs/api.md", reference.page())
