"""What does the account tell of itself? Its time, its addresses, its limits (netsuite.md 2.2, 2.9)."""

from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.answers import core, refused_result, result
from sandbox.netsuite.soap.call import Call
from sandbox.netsuite.soap.faults import forbidden
from sandbox.netsuite.soap.tongue import wrapped


def server_time(call: Call) -> str:
    """Tell the time."""
    now = call.account.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return wrapped(call.tongue, "getServerTime", result("getServerTimeResult", core("serverTime", now)))


def data_center_urls(call: Call) -> str:
    """Tell where the account lives: here, whatever account is asked for (no sign-in; netsuite.md 2.2)."""
    if not call.text("account"):
        words = "You need to provide a proper value for the required field: account."
        answer = refused_result("getDataCenterUrlsResult", Refused("DATA_REQD", words))
        return wrapped(call.tongue, "getDataCenterUrls", answer)
    names = ("restDomain", "webservicesDomain", "systemDomain")
    urls = "".join(core(name, call.home) for name in names)
    inner = f"<platformCore:dataCenterUrls>{urls}</platformCore:dataCenterUrls>"
    return wrapped(call.tongue, "getDataCenterUrls", result("getDataCenterUrlsResult", inner))


def account_governance(call: Call) -> str:
    """Tell the account's limit of concurrent calls; none of it is set aside for an integration."""
    slots = call.service.slots
    figures = core("accountConcurrencyLimit", slots) + core("unallocatedConcurrencyLimit", slots)
    return wrapped(call.tongue, "getAccountGovernanceInfo", result("getAccountGovernanceInfoResult", figures))


def integration_governance(call: Call) -> str:
    """Tell the integration's limit: the account's."""
    figures = core("integrationConcurrencyLimit", call.service.slots) + core("limitType", "_account")
    return wrapped(call.tongue, "getIntegrationGovernanceInfo", result("getIntegrationGovernanceInfoResult", figures))


def no_credentials(_call: Call) -> str:
    """Refuse to change a password or an address: a token has neither."""
    raise forbidden("change credentials with token-based authentication")


def no_invitees(_call: Call) -> str:
    """Refuse to answer an invitation: the account keeps no calendar."""
    raise forbidden("update the status of an invitee")
