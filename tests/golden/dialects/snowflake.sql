-- ecommerce.total_revenue
SELECT
  sum("QUANTITY" * "UNIT_PRICE") AS "VALUE"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.revenue_per_order
SELECT
  sum("QUANTITY" * "UNIT_PRICE") AS "NUMERATOR",
  count(DISTINCT CASE WHEN NOT left("INVOICE_NO", 1) IN ('C', 'A') THEN "INVOICE_NO" END) AS "DENOMINATOR"
FROM (
  SELECT
    "INVOICE_NO",
    "QUANTITY",
    "UNIT_PRICE",
    "COUNTRY",
    "INVOICE_DATE",
    date_part(dayofweekiso, "INVOICE_DATE") AS "WEEKDAY"
  FROM "STAGING"."ORDER_LINES"
) AS "LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.revenue_per_customer
SELECT
  sum("QUANTITY" * "UNIT_PRICE") AS "NUMERATOR",
  count(DISTINCT "CUSTOMER_ID") AS "DENOMINATOR"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
  AND "CUSTOMER_ID" IS NOT NULL

-- ecommerce.order_count
SELECT
  count(DISTINCT "INVOICE_NO") AS "VALUE"
FROM (
  SELECT
    "INVOICE_NO",
    "COUNTRY",
    "INVOICE_DATE",
    date_part(dayofweekiso, "INVOICE_DATE") AS "WEEKDAY",
    date_part(hour, "INVOICE_DATE") AS "HOUR"
  FROM "STAGING"."ORDER_LINES"
) AS "LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
  AND NOT left("INVOICE_NO", 1) IN ('C', 'A')

-- ecommerce.items_per_order
SELECT
  sum("QUANTITY") AS "NUMERATOR",
  count(DISTINCT CASE WHEN NOT left("INVOICE_NO", 1) IN ('C', 'A') THEN "INVOICE_NO" END) AS "DENOMINATOR"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.units_sold
SELECT
  sum("QUANTITY") AS "VALUE"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.active_customers
SELECT
  count(DISTINCT "CUSTOMER_ID") AS "VALUE"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.repeat_customer_rate
SELECT
  count(
    DISTINCT CASE
      WHEN EXISTS(
        SELECT
          1
        FROM "STAGING"."ORDER_LINES" AS "ONE"
        JOIN "STAGING"."ORDER_LINES" AS "OTHER"
          USING ("CUSTOMER_ID")
        WHERE
          "ONE"."CUSTOMER_ID" = "ACTIVE"."CUSTOMER_ID"
          AND "ONE"."INVOICE_NO" <> "OTHER"."INVOICE_NO"
          AND NOT left("ONE"."INVOICE_NO", 1) IN ('C', 'A')
          AND NOT left("OTHER"."INVOICE_NO", 1) IN ('C', 'A')
          AND "ONE"."INVOICE_DATE" >= CAST(dateadd(day, -364, CAST(%(end)s AS date)) AS timestamp_ntz)
          AND "ONE"."INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
          AND "OTHER"."INVOICE_DATE" >= CAST(dateadd(day, -364, CAST(%(end)s AS date)) AS timestamp_ntz)
          AND "OTHER"."INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
      )
      THEN "CUSTOMER_ID"
    END
  ) AS "NUMERATOR",
  count(DISTINCT "CUSTOMER_ID") AS "DENOMINATOR"
FROM (
  SELECT DISTINCT
    "CUSTOMER_ID",
    "COUNTRY"
  FROM "STAGING"."ORDER_LINES"
  WHERE
    "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
    AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
) AS "ACTIVE"

-- ecommerce.new_customers
SELECT
  count(DISTINCT "CUSTOMER_ID") AS "VALUE"
FROM (
  SELECT DISTINCT
    "CUSTOMER_ID",
    "COUNTRY"
  FROM "STAGING"."ORDER_LINES"
  WHERE
    "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
    AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
    AND NOT left("INVOICE_NO", 1) IN ('C', 'A')
) AS "BUYERS"
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM "STAGING"."ORDER_LINES" AS "EARLIER"
    WHERE
      "EARLIER"."CUSTOMER_ID" = "BUYERS"."CUSTOMER_ID"
      AND "EARLIER"."INVOICE_DATE" < CAST(CAST(%(start)s AS date) AS timestamp_ntz)
      AND NOT left("EARLIER"."INVOICE_NO", 1) IN ('C', 'A')
  )

-- ecommerce.product_concentration
SELECT
  sum(CASE WHEN "PLACE" <= 20 THEN "REVENUE" END) AS "NUMERATOR",
  sum("REVENUE") AS "DENOMINATOR"
FROM (
  SELECT
    sum("QUANTITY" * "UNIT_PRICE") AS "REVENUE",
    row_number() OVER (ORDER BY sum("QUANTITY" * "UNIT_PRICE") DESC) AS "PLACE"
  FROM "STAGING"."ORDER_LINES"
  WHERE
    "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
    AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
  GROUP BY
    "STOCK_CODE"
) AS "PRODUCTS"

-- ecommerce.avg_unit_price
SELECT
  sum("QUANTITY" * "UNIT_PRICE") AS "NUMERATOR",
  sum("QUANTITY") AS "DENOMINATOR"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.return_rate
SELECT
  count(DISTINCT CASE WHEN "QUANTITY" < 0 THEN "INVOICE_NO" END) AS "NUMERATOR",
  count(DISTINCT "INVOICE_NO") AS "DENOMINATOR"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.revenue_by_country
SELECT
  sum("QUANTITY" * "UNIT_PRICE") AS "VALUE"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.international_share
SELECT
  sum(
    CASE WHEN "COUNTRY" <> 'United Kingdom' THEN "QUANTITY" * "UNIT_PRICE" ELSE 0 END
  ) AS "NUMERATOR",
  sum("QUANTITY" * "UNIT_PRICE") AS "DENOMINATOR"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.weekend_share
SELECT
  sum(
    CASE
      WHEN date_part(dayofweekiso, "INVOICE_DATE") IN (6, 7)
      THEN "QUANTITY" * "UNIT_PRICE"
      ELSE 0
    END
  ) AS "NUMERATOR",
  sum("QUANTITY" * "UNIT_PRICE") AS "DENOMINATOR"
FROM "STAGING"."ORDER_LINES"
WHERE
  "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)

-- ecommerce.peak_hour_share
SELECT
  sum(CASE WHEN "PLACE" <= 3 THEN "REVENUE" END) AS "NUMERATOR",
  sum("REVENUE") AS "DENOMINATOR"
FROM (
  SELECT
    sum("QUANTITY" * "UNIT_PRICE") AS "REVENUE",
    row_number() OVER (ORDER BY sum("QUANTITY" * "UNIT_PRICE") DESC) AS "PLACE"
  FROM "STAGING"."ORDER_LINES"
  WHERE
    "INVOICE_DATE" >= CAST(CAST(%(start)s AS date) AS timestamp_ntz)
    AND "INVOICE_DATE" < CAST(CAST(%(end)s AS date) AS timestamp_ntz)
  GROUP BY
    date_part(hour, "INVOICE_DATE")
) AS "HOURS"

-- success.active_agreements
SELECT
  count(*) AS "VALUE"
FROM "STAGING"."AGREEMENTS"
WHERE
  "START_DATE" < CAST(%(end)s AS date)
  AND (
    "END_DATE" IS NULL OR "END_DATE" >= CAST(%(end)s AS date)
  )
  AND (
    "CLIENT_TYPE" IS NULL OR NOT lower("CLIENT_TYPE") IN ('internal', 'test')
  )

-- success.offboarding_forms
SELECT
  count(*) AS "VALUE"
FROM "STAGING"."OFFBOARDING_FORMS"
WHERE
  "CLOSED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
  AND "CLOSED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)
  AND NOT coalesce("IS_TEST_ACCOUNT", FALSE)

-- success.early_offboarding_share
SELECT
  count(CASE WHEN "WITHIN_FIRST_60_DAYS" THEN 1 END) AS "NUMERATOR",
  count(*) AS "DENOMINATOR"
FROM "STAGING"."OFFBOARDING_FORMS"
WHERE
  "CLOSED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
  AND "CLOSED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)
  AND NOT coalesce("IS_TEST_ACCOUNT", FALSE)

-- success.replacement_requests_share
SELECT
  count(CASE WHEN "REPLACEMENT_REQUESTED" THEN 1 END) AS "NUMERATOR",
  count(*) AS "DENOMINATOR"
FROM "STAGING"."OFFBOARDING_FORMS"
WHERE
  "CLOSED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
  AND "CLOSED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)
  AND NOT coalesce("IS_TEST_ACCOUNT", FALSE)

-- success.churn_52w
SELECT
  count(
    CASE
      WHEN "STATUS" LIKE 'terminated%%'
      AND "END_DATE" >= dateadd(day, -364, CAST(%(end)s AS date))
      AND "END_DATE" < CAST(%(end)s AS date)
      THEN 1
    END
  ) AS "NUMERATOR",
  count(*) AS "DENOMINATOR"
FROM "STAGING"."AGREEMENTS"
WHERE
  "START_DATE" < CAST(%(end)s AS date)
  AND (
    "END_DATE" IS NULL
    OR "END_DATE" >= dateadd(day, -364, CAST(%(end)s AS date))
  )
  AND (
    "CLIENT_TYPE" IS NULL OR NOT lower("CLIENT_TYPE") IN ('internal', 'test')
  )

-- success.client_churn_52w
SELECT
  count(
    CASE
      WHEN "STATUS" = 'terminated by client'
      AND "END_DATE" >= dateadd(day, -364, CAST(%(end)s AS date))
      AND "END_DATE" < CAST(%(end)s AS date)
      THEN 1
    END
  ) AS "NUMERATOR",
  count(*) AS "DENOMINATOR"
FROM "STAGING"."AGREEMENTS"
WHERE
  "START_DATE" < CAST(%(end)s AS date)
  AND (
    "END_DATE" IS NULL
    OR "END_DATE" >= dateadd(day, -364, CAST(%(end)s AS date))
  )
  AND (
    "CLIENT_TYPE" IS NULL OR NOT lower("CLIENT_TYPE") IN ('internal', 'test')
  )

-- ecommerce.order_count as lateral
SELECT
  "KPI_PERIOD"."KPI_NTH",
  "KPI_ANSWER".*
FROM (VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date))) AS "KPI_PERIOD"("KPI_NTH", "KPI_START", "KPI_END")
CROSS JOIN LATERAL (
  SELECT
    count(DISTINCT "INVOICE_NO") AS "VALUE"
  FROM (
    SELECT
      "INVOICE_NO",
      "COUNTRY",
      "INVOICE_DATE",
      date_part(dayofweekiso, "INVOICE_DATE") AS "WEEKDAY",
      date_part(hour, "INVOICE_DATE") AS "HOUR"
    FROM "STAGING"."ORDER_LINES"
  ) AS "LINES"
  WHERE
    "INVOICE_DATE" >= CAST("KPI_PERIOD"."KPI_START" AS timestamp_ntz)
    AND "INVOICE_DATE" < CAST("KPI_PERIOD"."KPI_END" AS timestamp_ntz)
    AND NOT left("INVOICE_NO", 1) IN ('C', 'A')
) AS "KPI_ANSWER"

-- ecommerce.order_count as scan
SELECT
  "KPI_PERIOD"."KPI_NTH",
  count(DISTINCT "INVOICE_NO") AS "VALUE"
FROM "STAGING"."ORDER_LINES", (VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date))) AS "KPI_PERIOD"("KPI_NTH", "KPI_START", "KPI_END")
WHERE
  "INVOICE_DATE" >= CAST("KPI_PERIOD"."KPI_START" AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST("KPI_PERIOD"."KPI_END" AS timestamp_ntz)
  AND "INVOICE_DATE" >= CAST(CAST('2026-12-28' AS date) AS timestamp_ntz)
  AND "INVOICE_DATE" < CAST(CAST('2027-01-11' AS date) AS timestamp_ntz)
  AND NOT left("INVOICE_NO", 1) IN ('C', 'A')
GROUP BY
  "KPI_PERIOD"."KPI_NTH"
UNION ALL
SELECT
  -1,
  count(DISTINCT "INVOICE_NO") AS "VALUE"
FROM "STAGING"."ORDER_LINES"
WHERE
  FALSE

-- success.offboarding_forms as lateral
SELECT
  "KPI_PERIOD"."KPI_NTH",
  "KPI_ANSWER".*
FROM (VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date))) AS "KPI_PERIOD"("KPI_NTH", "KPI_START", "KPI_END")
CROSS JOIN LATERAL (
  SELECT
    count(*) AS "VALUE"
  FROM "STAGING"."OFFBOARDING_FORMS"
  WHERE
    "CLOSED_AT" >= CAST("KPI_PERIOD"."KPI_START" AS timestamp_ltz)
    AND "CLOSED_AT" < CAST("KPI_PERIOD"."KPI_END" AS timestamp_ltz)
    AND NOT coalesce("IS_TEST_ACCOUNT", FALSE)
) AS "KPI_ANSWER"

-- success.offboarding_forms as scan
SELECT
  "KPI_PERIOD"."KPI_NTH",
  count(*) AS "VALUE"
FROM "STAGING"."OFFBOARDING_FORMS", (VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date))) AS "KPI_PERIOD"("KPI_NTH", "KPI_START", "KPI_END")
WHERE
  "CLOSED_AT" >= CAST("KPI_PERIOD"."KPI_START" AS timestamp_ltz)
  AND "CLOSED_AT" < CAST("KPI_PERIOD"."KPI_END" AS timestamp_ltz)
  AND "CLOSED_AT" >= CAST(CAST('2026-12-28' AS date) AS timestamp_ltz)
  AND "CLOSED_AT" < CAST(CAST('2027-01-11' AS date) AS timestamp_ltz)
  AND NOT coalesce("IS_TEST_ACCOUNT", FALSE)
GROUP BY
  "KPI_PERIOD"."KPI_NTH"
UNION ALL
SELECT
  -1,
  count(*) AS "VALUE"
FROM "STAGING"."OFFBOARDING_FORMS"
WHERE
  FALSE
