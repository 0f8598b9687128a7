"""Which records does an account have before anyone writes one? The standard lists of `lists.yaml`."""

from importlib import resources

import yaml

from sandbox.netsuite.account import Account
from sandbox.netsuite.fields import record_type
from sandbox.netsuite.wish import Wish

_ORDER = ("currency", "subsidiary", "term", "priceLevel")


def seed(account: Account) -> None:
    """Write the standard lists that are not there yet."""
    text = resources.files(__package__).joinpath("lists.yaml").read_text("utf-8")
    lists = yaml.safe_load(text)
    with account.store.call():
        for name in _ORDER:
            kind = record_type(name)
            for number, fields in lists[name].items():
                if account.store.by_id(kind.family, number) is None:
                    account.load(Wish(kind, dict(fields)), number)


def start_over(account: Account) -> None:
    """Empty the account down to its standard lists."""
    with account.store.call():
        account.store.empty()
    seed(account)
