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

-- success.churn_52w
SELECT
  count(
    CASE
      WHEN "STATUS" LIKE 'terminated%%' AND "END_DATE" < CAST(%(end)s AS date)
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

-- applications.screened_within_48h
SELECT
  count(CASE WHEN "DECIDED_AT" <= "DEADLINE" THEN 1 END) AS "NUMERATOR",
  count(*) AS "DENOMINATOR"
FROM (
  SELECT
    "CHANNEL",
    "SUBMITTED_AT",
    "DECIDED_AT",
    "DECISION",
    CASE
      WHEN date_part(dayofweekiso, CAST("SUBMITTED_AT" AS timestamp_ltz)) <= 3
      THEN dateadd(day, 2, "SUBMITTED_AT")
      WHEN date_part(dayofweekiso, CAST("SUBMITTED_AT" AS timestamp_ltz)) <= 5
      THEN dateadd(day, 4, "SUBMITTED_AT")
      ELSE dateadd(
        day,
        9,
        CAST(date_trunc('week', CAST("SUBMITTED_AT" AS timestamp_ltz)) AS timestamp_ltz)
      )
    END AS "DEADLINE"
  FROM "STAGING"."APPLICATIONS"
) AS "RECEIVED"
WHERE
  "SUBMITTED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
  AND "SUBMITTED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)
  AND (
    "DECISION" IS DISTINCT FROM 'withdrawn' OR "DECIDED_AT" > "DEADLINE"
  )

-- applications.time_to_first_response
SELECT
  percentile_cont(0.5) WITHIN GROUP (ORDER BY
    CAST(CAST((
      CAST((
        date_part(epoch_microsecond, "FIRST_RESPONSE_AT") - date_part(epoch_microsecond, "SUBMITTED_AT")
      ) AS decimal(20, 0)) * CAST('0.000001' AS decimal(6, 6))
    ) AS double) / CAST(3600 AS double) AS double)) AS "VALUE"
FROM "STAGING"."APPLICATIONS"
WHERE
  "FIRST_RESPONSE_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
  AND "FIRST_RESPONSE_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)

-- lending.cure_rate
SELECT
  count(CASE WHEN "DAYS_PAST_DUE" = 0 THEN 1 END) AS "NUMERATOR",
  count(*) AS "DENOMINATOR"
FROM (
  SELECT
    "SNAPSHOT_MONTH",
    "DAYS_PAST_DUE",
    "DAYS_PAST_DUE_BEFORE",
    "CHANNEL",
    "REGION",
    30 * CASE
      WHEN CAST((
        (
          "DAYS_PAST_DUE_BEFORE"
        ) - mod("DAYS_PAST_DUE_BEFORE", 30)
      ) / 30 AS bigint) IS NULL
      THEN 3
      WHEN 3 IS NULL
      THEN CAST((
        (
          "DAYS_PAST_DUE_BEFORE"
        ) - mod("DAYS_PAST_DUE_BEFORE", 30)
      ) / 30 AS bigint)
      WHEN CAST((
        (
          "DAYS_PAST_DUE_BEFORE"
        ) - mod("DAYS_PAST_DUE_BEFORE", 30)
      ) / 30 AS bigint) <= 3
      THEN CAST((
        (
          "DAYS_PAST_DUE_BEFORE"
        ) - mod("DAYS_PAST_DUE_BEFORE", 30)
      ) / 30 AS bigint)
      ELSE 3
    END AS "BUCKET"
  FROM "STAGING"."LOAN_BOOK"
) AS "LOANS"
WHERE
  "DAYS_PAST_DUE_BEFORE" >= 30
  AND "SNAPSHOT_MONTH" >= CAST(%(start)s AS date)
  AND "SNAPSHOT_MONTH" < CAST(%(end)s AS date)

-- lending.null_rate
SELECT
  sum("EMPTY") AS "NUMERATOR",
  sum("CELLS") AS "DENOMINATOR"
FROM (
  SELECT
    'loan_book' AS "DATASET",
    5 AS "CELLS",
    (
      0 + CASE WHEN "ANNUAL_RATE" IS NULL THEN 1 ELSE 0 END + CASE WHEN "FEE" IS NULL THEN 1 ELSE 0 END + CASE WHEN "CHANNEL" IS NULL THEN 1 ELSE 0 END + CASE WHEN "REGION" IS NULL THEN 1 ELSE 0 END + CASE WHEN "OPENED_ON" IS NULL THEN 1 ELSE 0 END
    ) AS "EMPTY"
  FROM "STAGING"."LOAN_BOOK"
  WHERE
    "SNAPSHOT_MONTH" >= CAST(%(start)s AS date)
    AND "SNAPSHOT_MONTH" < CAST(%(end)s AS date)
  UNION ALL
  SELECT
    'applications_funnel',
    3,
    (
      0 + CASE WHEN "CHANNEL" IS NULL THEN 1 ELSE 0 END + CASE WHEN "REGION" IS NULL THEN 1 ELSE 0 END + CASE WHEN "AMOUNT_REQUESTED" IS NULL THEN 1 ELSE 0 END
    )
  FROM "STAGING"."APPLICATIONS_FUNNEL"
  WHERE
    "STARTED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
    AND "STARTED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)
  UNION ALL
  SELECT
    'collections_contacts',
    4,
    (
      0 + CASE WHEN "LOAN_ID" IS NULL THEN 1 ELSE 0 END + CASE WHEN "CHANNEL" IS NULL THEN 1 ELSE 0 END + CASE WHEN "REACHED" IS NULL THEN 1 ELSE 0 END + CASE WHEN "COST" IS NULL THEN 1 ELSE 0 END
    )
  FROM "STAGING"."COLLECTIONS_CONTACTS"
  WHERE
    "CONTACTED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
    AND "CONTACTED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)
  UNION ALL
  SELECT
    'marketing_spend',
    3,
    (
      0 + CASE WHEN "CHANNEL" IS NULL THEN 1 ELSE 0 END + CASE WHEN "CAMPAIGN" IS NULL THEN 1 ELSE 0 END + CASE WHEN "SPEND" IS NULL THEN 1 ELSE 0 END
    )
  FROM "STAGING"."MARKETING_SPEND"
  WHERE
    "SPENT_ON" >= CAST(%(start)s AS date)
    AND "SPENT_ON" < CAST(%(end)s AS date)
) AS "READ"

-- support.mttr
SELECT
  CAST(coalesce(
    sum(
      (
        CAST((
          date_part(epoch_microsecond, "RESOLVED_AT") - date_part(epoch_microsecond, "CREATED_AT")
        ) AS decimal(20, 0)) * CAST('0.000001' AS decimal(6, 6))
      )
    ),
    0
  ) AS double) / CAST(3600 AS double) AS "NUMERATOR",
  count("CREATED_AT") AS "DENOMINATOR"
FROM "STAGING"."SUPPORT_CASES"
WHERE
  "RESOLVED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
  AND "RESOLVED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)

-- support.sla_adherence
SELECT
  count(
    CASE
      WHEN "RESOLVED_AT" <= to_timestamp_ltz(
        date_part(epoch_microsecond, "CREATED_AT") + CAST(1 * (
          CASE "PRIORITY" WHEN 'P1' THEN 24 WHEN 'P2' THEN 72 WHEN 'P3' THEN 168 ELSE 336 END
        ) AS bigint) * 3600000000,
        6
      )
      THEN 1
    END
  ) AS "NUMERATOR",
  count("CREATED_AT") AS "DENOMINATOR"
FROM "STAGING"."SUPPORT_CASES"
WHERE
  "RESOLVED_AT" >= CAST(CAST(%(start)s AS date) AS timestamp_ltz)
  AND "RESOLVED_AT" < CAST(CAST(%(end)s AS date) AS timestamp_ltz)

-- support.at_risk
-- The query cannot be asked of Snowflake: "elapsed_hours" has its last digits from each engine, so what it is compared with or counted by may change.

-- team_stats.daily_active_staff
-- The query cannot be asked of Snowflake: "count(DISTINCT (staff_id, CAST(at AS DATE)))" counts several columns at once. Count the rows of a select distinct.

-- product_growth.median_days_since_prior
-- The query cannot be asked of Snowflake: "order_id" is a text, and each engine sorts texts in its own order.

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
