-- ecommerce.total_revenue
SELECT
  sum(`quantity` * `unit_price`) AS `value`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.revenue_per_order
SELECT
  sum(`quantity` * `unit_price`) AS `numerator`,
  count(DISTINCT CASE WHEN NOT left(`invoice_no`, 1) IN ('C', 'A') THEN `invoice_no` END) AS `denominator`
FROM (
  SELECT
    `invoice_no`,
    `quantity`,
    `unit_price`,
    `country`,
    `invoice_date`,
    (
      mod(EXTRACT(dayofweek FROM `invoice_date`) + 5, 7) + 1
    ) AS `weekday`
  FROM `staging`.`order_lines`
) AS `lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.order_count
SELECT
  count(DISTINCT `invoice_no`) AS `value`
FROM (
  SELECT
    `invoice_no`,
    `country`,
    `invoice_date`,
    (
      mod(EXTRACT(dayofweek FROM `invoice_date`) + 5, 7) + 1
    ) AS `weekday`,
    EXTRACT(hour FROM `invoice_date`) AS `hour`
  FROM `staging`.`order_lines`
) AS `lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)
  AND NOT left(`invoice_no`, 1) IN ('C', 'A')

-- ecommerce.repeat_customer_rate
SELECT
  count(
    DISTINCT CASE
      WHEN EXISTS(
        SELECT
          1
        FROM `staging`.`order_lines` AS `one`
        JOIN `staging`.`order_lines` AS `other`
          USING (`customer_id`)
        WHERE
          `one`.`customer_id` = `active`.`customer_id`
          AND `one`.`invoice_no` <> `other`.`invoice_no`
          AND NOT left(`one`.`invoice_no`, 1) IN ('C', 'A')
          AND NOT left(`other`.`invoice_no`, 1) IN ('C', 'A')
          AND `one`.`invoice_date` >= CAST(date_add(CAST(@end AS date), INTERVAL -364 DAY) AS datetime)
          AND `one`.`invoice_date` < CAST(CAST(@end AS date) AS datetime)
          AND `other`.`invoice_date` >= CAST(date_add(CAST(@end AS date), INTERVAL -364 DAY) AS datetime)
          AND `other`.`invoice_date` < CAST(CAST(@end AS date) AS datetime)
      )
      THEN `customer_id`
    END
  ) AS `numerator`,
  count(DISTINCT `customer_id`) AS `denominator`
FROM (
  SELECT DISTINCT
    `customer_id`,
    `country`
  FROM `staging`.`order_lines`
  WHERE
    `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
    AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)
) AS `active`

-- ecommerce.new_customers
SELECT
  count(DISTINCT `customer_id`) AS `value`
FROM (
  SELECT DISTINCT
    `customer_id`,
    `country`
  FROM `staging`.`order_lines`
  WHERE
    `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
    AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)
    AND NOT left(`invoice_no`, 1) IN ('C', 'A')
) AS `buyers`
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM `staging`.`order_lines` AS `earlier`
    WHERE
      `earlier`.`customer_id` = `buyers`.`customer_id`
      AND `earlier`.`invoice_date` < CAST(CAST(@start AS date) AS datetime)
      AND NOT left(`earlier`.`invoice_no`, 1) IN ('C', 'A')
  )

-- ecommerce.product_concentration
SELECT
  sum(CASE WHEN `place` <= 20 THEN `revenue` END) AS `numerator`,
  sum(`revenue`) AS `denominator`
FROM (
  SELECT
    sum(`quantity` * `unit_price`) AS `revenue`,
    row_number() OVER (ORDER BY sum(`quantity` * `unit_price`) DESC NULLS FIRST) AS `place`
  FROM `staging`.`order_lines`
  WHERE
    `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
    AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)
  GROUP BY
    `stock_code`
) AS `products`

-- ecommerce.weekend_share
SELECT
  sum(
    CASE
      WHEN (
        mod(EXTRACT(dayofweek FROM `invoice_date`) + 5, 7) + 1
      ) IN (6, 7)
      THEN `quantity` * `unit_price`
      ELSE 0
    END
  ) AS `numerator`,
  sum(`quantity` * `unit_price`) AS `denominator`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.peak_hour_share
SELECT
  sum(CASE WHEN `place` <= 3 THEN `revenue` END) AS `numerator`,
  sum(`revenue`) AS `denominator`
FROM (
  SELECT
    sum(`quantity` * `unit_price`) AS `revenue`,
    row_number() OVER (ORDER BY sum(`quantity` * `unit_price`) DESC NULLS FIRST) AS `place`
  FROM `staging`.`order_lines`
  WHERE
    `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
    AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)
  GROUP BY
    EXTRACT(hour FROM `invoice_date`)
) AS `hours`

-- success.active_agreements
SELECT
  count(*) AS `value`
FROM `staging`.`agreements`
WHERE
  `start_date` < CAST(@end AS date)
  AND (
    `end_date` IS NULL OR `end_date` >= CAST(@end AS date)
  )
  AND (
    `client_type` IS NULL OR NOT lower(`client_type`) IN ('internal', 'test')
  )

-- success.offboarding_forms
SELECT
  count(*) AS `value`
FROM `staging`.`offboarding_forms`
WHERE
  `closed_at` >= CAST(CAST(@start AS date) AS timestamp)
  AND `closed_at` < CAST(CAST(@end AS date) AS timestamp)
  AND NOT coalesce(`is_test_account`, FALSE)

-- success.early_offboarding_share
SELECT
  count(CASE WHEN `within_first_60_days` THEN 1 END) AS `numerator`,
  count(*) AS `denominator`
FROM `staging`.`offboarding_forms`
WHERE
  `closed_at` >= CAST(CAST(@start AS date) AS timestamp)
  AND `closed_at` < CAST(CAST(@end AS date) AS timestamp)
  AND NOT coalesce(`is_test_account`, FALSE)

-- success.churn_52w
SELECT
  count(
    CASE
      WHEN `status` LIKE 'terminated%' AND `end_date` < CAST(@end AS date)
      THEN 1
    END
  ) AS `numerator`,
  count(*) AS `denominator`
FROM `staging`.`agreements`
WHERE
  `start_date` < CAST(@end AS date)
  AND (
    `end_date` IS NULL
    OR `end_date` >= date_add(CAST(@end AS date), INTERVAL -364 DAY)
  )
  AND (
    `client_type` IS NULL OR NOT lower(`client_type`) IN ('internal', 'test')
  )

-- applications.screened_within_48h
SELECT
  count(CASE WHEN `decided_at` <= `deadline` THEN 1 END) AS `numerator`,
  count(*) AS `denominator`
FROM (
  SELECT
    `channel`,
    `submitted_at`,
    `decided_at`,
    `decision`,
    CASE
      WHEN (
        mod(EXTRACT(dayofweek FROM `submitted_at`) + 5, 7) + 1
      ) <= 3
      THEN timestamp_add(`submitted_at`, INTERVAL 2 DAY)
      WHEN (
        mod(EXTRACT(dayofweek FROM `submitted_at`) + 5, 7) + 1
      ) <= 5
      THEN timestamp_add(`submitted_at`, INTERVAL 4 DAY)
      ELSE timestamp_add(timestamp_trunc(`submitted_at`, isoweek), INTERVAL 9 DAY)
    END AS `deadline`
  FROM `staging`.`applications`
) AS `received`
WHERE
  `submitted_at` >= CAST(CAST(@start AS date) AS timestamp)
  AND `submitted_at` < CAST(CAST(@end AS date) AS timestamp)
  AND (
    `decision` IS DISTINCT FROM 'withdrawn' OR `decided_at` > `deadline`
  )

-- applications.time_to_first_response
-- The query cannot be asked of BigQuery: "percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH..." has no exact counterpart there.

-- lending.cure_rate
SELECT
  count(CASE WHEN `days_past_due` = 0 THEN 1 END) AS `numerator`,
  count(*) AS `denominator`
FROM (
  SELECT
    `snapshot_month`,
    `days_past_due`,
    `days_past_due_before`,
    `channel`,
    `region`,
    30 * CASE
      WHEN (
        div(`days_past_due_before`, 30)
      ) IS NULL
      THEN 3
      WHEN 3 IS NULL
      THEN (
        div(`days_past_due_before`, 30)
      )
      WHEN (
        div(`days_past_due_before`, 30)
      ) <= 3
      THEN (
        div(`days_past_due_before`, 30)
      )
      ELSE 3
    END AS `bucket`
  FROM `staging`.`loan_book`
) AS `loans`
WHERE
  `days_past_due_before` >= 30
  AND `snapshot_month` >= CAST(@start AS date)
  AND `snapshot_month` < CAST(@end AS date)

-- lending.null_rate
SELECT
  sum(`empty`) AS `numerator`,
  sum(`cells`) AS `denominator`
FROM (
  SELECT
    'loan_book' AS `dataset`,
    5 AS `cells`,
    (
      0 + CASE WHEN `annual_rate` IS NULL THEN 1 ELSE 0 END + CASE WHEN `fee` IS NULL THEN 1 ELSE 0 END + CASE WHEN `channel` IS NULL THEN 1 ELSE 0 END + CASE WHEN `region` IS NULL THEN 1 ELSE 0 END + CASE WHEN `opened_on` IS NULL THEN 1 ELSE 0 END
    ) AS `empty`
  FROM `staging`.`loan_book`
  WHERE
    `snapshot_month` >= CAST(@start AS date)
    AND `snapshot_month` < CAST(@end AS date)
  UNION ALL
  SELECT
    'applications_funnel',
    3,
    (
      0 + CASE WHEN `channel` IS NULL THEN 1 ELSE 0 END + CASE WHEN `region` IS NULL THEN 1 ELSE 0 END + CASE WHEN `amount_requested` IS NULL THEN 1 ELSE 0 END
    )
  FROM `staging`.`applications_funnel`
  WHERE
    `started_at` >= CAST(CAST(@start AS date) AS timestamp)
    AND `started_at` < CAST(CAST(@end AS date) AS timestamp)
  UNION ALL
  SELECT
    'collections_contacts',
    4,
    (
      0 + CASE WHEN `loan_id` IS NULL THEN 1 ELSE 0 END + CASE WHEN `channel` IS NULL THEN 1 ELSE 0 END + CASE WHEN `reached` IS NULL THEN 1 ELSE 0 END + CASE WHEN `cost` IS NULL THEN 1 ELSE 0 END
    )
  FROM `staging`.`collections_contacts`
  WHERE
    `contacted_at` >= CAST(CAST(@start AS date) AS timestamp)
    AND `contacted_at` < CAST(CAST(@end AS date) AS timestamp)
  UNION ALL
  SELECT
    'marketing_spend',
    3,
    (
      0 + CASE WHEN `channel` IS NULL THEN 1 ELSE 0 END + CASE WHEN `campaign` IS NULL THEN 1 ELSE 0 END + CASE WHEN `spend` IS NULL THEN 1 ELSE 0 END
    )
  FROM `staging`.`marketing_spend`
  WHERE
    `spent_on` >= CAST(@start AS date)
    AND `spent_on` < CAST(@end AS date)
) AS `read`

-- support.mttr
SELECT
  CAST(coalesce(
    sum(
      (
        CAST(timestamp_diff(`resolved_at`, `created_at`, microsecond) AS bignumeric(20, 0)) * CAST('0.000001' AS bignumeric(6, 6))
      )
    ),
    0
  ) AS float64) / CAST(3600 AS float64) AS `numerator`,
  count(`created_at`) AS `denominator`
FROM `staging`.`support_cases`
WHERE
  `resolved_at` >= CAST(CAST(@start AS date) AS timestamp)
  AND `resolved_at` < CAST(CAST(@end AS date) AS timestamp)

-- support.sla_adherence
SELECT
  count(
    CASE
      WHEN `resolved_at` <= timestamp_add(
        `created_at`,
        INTERVAL (1 * (
          CASE `priority` WHEN 'P1' THEN 24 WHEN 'P2' THEN 72 WHEN 'P3' THEN 168 ELSE 336 END
        )) HOUR
      )
      THEN 1
    END
  ) AS `numerator`,
  count(`created_at`) AS `denominator`
FROM `staging`.`support_cases`
WHERE
  `resolved_at` >= CAST(CAST(@start AS date) AS timestamp)
  AND `resolved_at` < CAST(CAST(@end AS date) AS timestamp)

-- support.at_risk
-- The query cannot be asked of BigQuery: "elapsed_hours" has its last digits from each engine, so what it is compared with or counted by may change.

-- team_stats.daily_active_staff
-- The query cannot be asked of BigQuery: "count(DISTINCT (staff_id, CAST(at AS DATE)))" counts several columns at once. Count the rows of a select distinct.

-- product_growth.median_days_since_prior
-- The query cannot be asked of BigQuery: "percentile_cont(0.5) WITHIN GROUP (ORDER BY day - prior_day)" has no exact counterpart there. "order_id" is a text, and each engine sorts texts in its own order.

-- ecommerce.order_count as lateral
-- The query cannot be asked of BigQuery: "LATERAL (SELECT count(DISTINCT invoice_no) AS value FROM ..." has no counterpart there.

-- ecommerce.order_count as scan
SELECT
  `kpi_period`.`kpi_nth`,
  count(DISTINCT `invoice_no`) AS `value`
FROM `staging`.`order_lines`, UNNEST([
  struct(
    0 AS `kpi_nth`,
    CAST('2026-12-28' AS date) AS `kpi_start`,
    CAST('2027-01-04' AS date) AS `kpi_end`
  ),
  struct(
    1 AS `kpi_nth`,
    CAST('2027-01-04' AS date) AS `kpi_start`,
    CAST('2027-01-11' AS date) AS `kpi_end`
  )
]) AS `kpi_period`
WHERE
  `invoice_date` >= CAST(`kpi_period`.`kpi_start` AS datetime)
  AND `invoice_date` < CAST(`kpi_period`.`kpi_end` AS datetime)
  AND `invoice_date` >= CAST(CAST('2026-12-28' AS date) AS datetime)
  AND `invoice_date` < CAST(CAST('2027-01-11' AS date) AS datetime)
  AND NOT left(`invoice_no`, 1) IN ('C', 'A')
GROUP BY
  `kpi_period`.`kpi_nth`
UNION ALL
SELECT
  -1,
  count(DISTINCT `invoice_no`) AS `value`
FROM `staging`.`order_lines`
WHERE
  FALSE

-- success.offboarding_forms as lateral
-- The query cannot be asked of BigQuery: "LATERAL (SELECT count(*) AS value FROM staging.offboardin..." has no counterpart there.

-- success.offboarding_forms as scan
SELECT
  `kpi_period`.`kpi_nth`,
  count(*) AS `value`
FROM `staging`.`offboarding_forms`, UNNEST([
  struct(
    0 AS `kpi_nth`,
    CAST('2026-12-28' AS date) AS `kpi_start`,
    CAST('2027-01-04' AS date) AS `kpi_end`
  ),
  struct(
    1 AS `kpi_nth`,
    CAST('2027-01-04' AS date) AS `kpi_start`,
    CAST('2027-01-11' AS date) AS `kpi_end`
  )
]) AS `kpi_period`
WHERE
  `closed_at` >= CAST(`kpi_period`.`kpi_start` AS timestamp)
  AND `closed_at` < CAST(`kpi_period`.`kpi_end` AS timestamp)
  AND `closed_at` >= CAST(CAST('2026-12-28' AS date) AS timestamp)
  AND `closed_at` < CAST(CAST('2027-01-11' AS date) AS timestamp)
  AND NOT coalesce(`is_test_account`, FALSE)
GROUP BY
  `kpi_period`.`kpi_nth`
UNION ALL
SELECT
  -1,
  count(*) AS `value`
FROM `staging`.`offboarding_forms`
WHERE
  FALSE
