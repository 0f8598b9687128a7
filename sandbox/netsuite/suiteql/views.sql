-- The tables that SuiteQL sees. `doc` is there for custom fields only and never shown.
CREATE TEMP VIEW IF NOT EXISTS "ql_transaction" AS
SELECT id, name AS tranid, external_id AS externalid, external_key, 'SalesOrd' AS type, 'salesorder' AS recordtype,
  CAST(json_extract(doc, '$.entity.id') AS INTEGER) AS entity, json_extract(doc, '$.orderStatus') AS status,
  json_extract(doc, '$.tranDate') AS trandate, CAST(json_extract(doc, '$.currency.id') AS INTEGER) AS currency,
  json_extract(doc, '$.exchangeRate') AS exchangerate, json_extract(doc, '$.total') AS foreigntotal,
  modified AS lastmodifieddate, created AS createddate, json_extract(doc, '$.memo') AS memo,
  json_extract(doc, '$.otherRefNum') AS otherrefnum, CAST(json_extract(doc, '$.subsidiary.id') AS INTEGER) AS subsidiary,
  CAST(json_extract(doc, '$.terms.id') AS INTEGER) AS terms, json_extract(doc, '$.startDate') AS startdate,
  json_extract(doc, '$.endDate') AS enddate, doc FROM "ns_transaction";

-- The main line is a null put behind the lines: one plain join, so that a filter on the order reaches its index.
CREATE TEMP VIEW IF NOT EXISTS "ql_transactionline" AS
SELECT t.id AS "transaction", coalesce(json_extract(l.value, '$.line'), 0) AS id,
  coalesce(json_extract(l.value, '$.line'), 0) AS linesequencenumber,
  CAST(json_extract(l.value, '$.lineUniqueKey') AS INTEGER) AS uniquekey,
  CAST(json_extract(l.value, '$.item.id') AS INTEGER) AS item, json_extract(l.value, '$.quantity') AS quantity,
  json_extract(l.value, '$.rate') AS rate,
  CASE l.type WHEN 'null' THEN json_extract(t.doc, '$.total') ELSE json_extract(l.value, '$.amount') END AS foreignamount,
  json_extract(l.value, '$.description') AS memo, CASE l.type WHEN 'null' THEN 'T' ELSE 'F' END AS mainline,
  CASE json_extract(l.value, '$.isClosed') WHEN 1 THEN 'T' WHEN 0 THEN 'F' END AS isclosed, l.value AS doc
  FROM "ns_transaction" AS t, json_each(json_insert(json_extract(t.doc, '$.item'), '$[#]', NULL)) AS l;

CREATE TEMP VIEW IF NOT EXISTS "ql_customer" AS
SELECT id, name AS entityid, external_id AS externalid, json_extract(doc, '$.companyName') AS companyname,
  json_extract(doc, '$.firstName') AS firstname, json_extract(doc, '$.lastName') AS lastname,
  json_extract(doc, '$.email') AS email, json_extract(doc, '$.phone') AS phone,
  CASE json_extract(doc, '$.isPerson') WHEN 1 THEN 'T' ELSE 'F' END AS isperson,
  CASE json_extract(doc, '$.isInactive') WHEN 1 THEN 'T' ELSE 'F' END AS isinactive,
  CAST(json_extract(doc, '$.subsidiary.id') AS INTEGER) AS subsidiary,
  CAST(json_extract(doc, '$.currency.id') AS INTEGER) AS currency,
  CAST(json_extract(doc, '$.terms.id') AS INTEGER) AS terms,
  CAST(json_extract(doc, '$.parent.id') AS INTEGER) AS parent,
  modified AS lastmodifieddate, created AS datecreated, doc FROM "ns_entity" WHERE type = 'customer';

CREATE TEMP VIEW IF NOT EXISTS "ql_employee" AS
SELECT id, name AS entityid, external_id AS externalid, json_extract(doc, '$.firstName') AS firstname,
  json_extract(doc, '$.lastName') AS lastname, json_extract(doc, '$.email') AS email,
  CASE json_extract(doc, '$.isInactive') WHEN 1 THEN 'T' ELSE 'F' END AS isinactive,
  modified AS lastmodifieddate, doc FROM "ns_entity" WHERE type = 'employee';

CREATE TEMP VIEW IF NOT EXISTS "ql_item" AS
SELECT id, name AS itemid, external_id AS externalid, json_extract(doc, '$.displayName') AS displayname,
  CASE type WHEN 'inventoryItem' THEN 'InvtPart' WHEN 'nonInventorySaleItem' THEN 'NonInvtPart' ELSE 'Service' END AS itemtype,
  CASE json_extract(doc, '$.isInactive') WHEN 1 THEN 'T' ELSE 'F' END AS isinactive,
  modified AS lastmodifieddate, created AS createddate, doc FROM "ns_item";

CREATE TEMP VIEW IF NOT EXISTS "ql_currency" AS
SELECT id, json_extract(doc, '$.name') AS name, json_extract(doc, '$.symbol') AS symbol, external_id AS externalid,
  json_extract(doc, '$.exchangeRate') AS exchangerate,
  CASE json_extract(doc, '$.isInactive') WHEN 1 THEN 'T' ELSE 'F' END AS isinactive,
  CASE json_extract(doc, '$.isBaseCurrency') WHEN 1 THEN 'T' ELSE 'F' END AS isbasecurrency,
  CAST(coalesce(json_extract(doc, '$.currencyPrecision'), 2) AS INTEGER) AS currencyprecision, doc FROM "ns_currency";

CREATE TEMP VIEW IF NOT EXISTS "ql_subsidiary" AS
SELECT id, json_extract(doc, '$.name') AS name, external_id AS externalid,
  CAST(json_extract(doc, '$.parent.id') AS INTEGER) AS parent,
  CAST(json_extract(doc, '$.currency.id') AS INTEGER) AS currency, json_extract(doc, '$.country') AS country,
  CASE json_extract(doc, '$.isInactive') WHEN 1 THEN 'T' ELSE 'F' END AS isinactive, doc FROM "ns_subsidiary";

CREATE TEMP VIEW IF NOT EXISTS "ql_term" AS
SELECT id, json_extract(doc, '$.name') AS name, external_id AS externalid,
  json_extract(doc, '$.daysUntilNetDue') AS daysuntilnetdue,
  CASE json_extract(doc, '$.isInactive') WHEN 1 THEN 'T' ELSE 'F' END AS isinactive, doc FROM "ns_term";
