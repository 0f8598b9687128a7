"""What we do: the core of Isthmus, without I/O, clock, randomness or Celery.

The words, in the order in which a record meets them:

A **flow** is one declared one-way movement, object to object. A **run** is one **capture** of one flow: it reads
**records** from a **source**, page by page, and admits each version to the **ledger** as a **delivery**; the flow's
**cursor** moves in the same transaction. **Relay** leases deliveries that are due and knocks at their **lane**.
**Deliver** claims them, asks for the **references** that they need, translates them into **payloads** and hands those
to the **target** in one call. **Settle** writes for each delivery its **state**, and for a placed one the **binding**
between source id and target id. What went wrong is named by what happens next (`flows.errors`), and judged in one
place (`flows.policy`). A delivery that waits for a person is a **dead letter**; **replay** sends it once more.
"""
