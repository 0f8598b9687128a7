"""Which operation is carried out by what? All that the contract names (netsuite.md 2.4)."""

from collections.abc import Callable

from sandbox.netsuite.soap.call import Call
from sandbox.netsuite.soap.operations import account_info, initializing, later, lookups, reads, relations, writes
from sandbox.netsuite.soap.search import results

OPERATIONS: dict[str, Callable[[Call], str]] = {
    "add": writes.one("add"),
    "update": writes.one("update"),
    "upsert": writes.one("upsert"),
    "delete": writes.one("delete"),
    "addList": writes.many("add"),
    "updateList": writes.many("update"),
    "upsertList": writes.many("upsert"),
    "deleteList": writes.many("delete"),
    "get": reads.get,
    "getList": reads.get_list,
    "getAll": reads.get_all,
    "search": results.search,
    "searchMoreWithId": results.search_more,
    "initialize": initializing.initialize,
    "initializeList": initializing.initialize_list,
    "attach": relations.attach,
    "detach": relations.detach,
    "getDeleted": relations.get_deleted,
    "getSavedSearch": lookups.saved_searches,
    "getSelectValue": lookups.select_values,
    "getItemAvailability": lookups.item_availability,
    "getCustomizationId": lookups.customization_ids,
    "getCurrencyRate": lookups.currency_rates,
    "getBudgetExchangeRate": lookups.budget_rates,
    "getPostingTransactionSummary": lookups.posting_summary,
    "getServerTime": account_info.server_time,
    "getDataCenterUrls": account_info.data_center_urls,
    "getAccountGovernanceInfo": account_info.account_governance,
    "getIntegrationGovernanceInfo": account_info.integration_governance,
    "changeEmail": account_info.no_credentials,
    "changePassword": account_info.no_credentials,
    "updateInviteeStatus": account_info.no_invitees,
    "updateInviteeStatusList": account_info.no_invitees,
    **dict.fromkeys(
        (
            "asyncAddList", "asyncUpdateList", "asyncUpsertList", "asyncDeleteList", "asyncGetList",
            "asyncInitializeList", "asyncSearch",
        ),
        later.taken_in,
    ),
    "checkAsyncStatus": later.check_status,
    "getAsyncResult": later.fetch,
}  # fmt: skip
WITHOUT_SIGN_IN = frozenset({"getDataCenterUrls"})
