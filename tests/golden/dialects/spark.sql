-- ecommerce.total_revenue
SELECT
  sum(`quantity` * `unit_price`) AS `value`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
  AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)

-- ecommerce.revenue_per_order
SELECT
  sum(`quantity` * `unit_price`) AS `numerator`,
  count(DISTINCT `invoice_no`) FILTER(WHERE
    NOT left(`invoice_no`, 1) IN ('C', 'A')) AS `denominator`
FROM (
  SELECT
    `invoice_no`,
    `quantity`,
    `unit_price`,
    `country`,
    `invoice_date`,
    EXTRACT(dayofweek_iso FROM `invoice_date`) AS `weekday`
  FROM `staging`.`order_lines`
) AS `lines`
WHERE
  `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
  AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)

-- ecommerce.order_count
SELECT
  count(DISTINCT `invoice_no`) AS `value`
FROM (
  SELECT
    `invoice_no`,
    `country`,
    `invoice_date`,
    EXTRACT(dayofweek_iso FROM `invoice_date`) AS `weekday`,
    EXTRACT(hour FROM `invoice_date`) AS `hour`
  FROM `staging`.`order_lines`
) AS `lines`
WHERE
  `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
  AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)
  AND NOT left(`invoice_no`, 1) IN ('C', 'A')

-- ecommerce.repeat_customer_rate
SELECT
  count(DISTINCT `customer_id`) FILTER(WHERE
    EXISTS(
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
        AND `one`.`invoice_date` >= CAST(CAST(date_add(CAST(:end AS date), (
          -364
        ) * 1) AS date) AS timestamp_ntz)
        AND `one`.`invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)
        AND `other`.`invoice_date` >= CAST(CAST(date_add(CAST(:end AS date), (
          -364
        ) * 1) AS date) AS timestamp_ntz)
        AND `other`.`invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)
    )) AS `numerator`,
  count(DISTINCT `customer_id`) AS `denominator`
FROM (
  SELECT DISTINCT
    `customer_id`,
    `country`
  FROM `staging`.`order_lines`
  WHERE
    `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
    AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)
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
    `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
    AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)
    AND NOT left(`invoice_no`, 1) IN ('C', 'A')
) AS `buyers`
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM `staging`.`order_lines` AS `earlier`
    WHERE
      `earlier`.`customer_id` = `buyers`.`customer_id`
      AND `earlier`.`invoice_date` < CAST(CAST(:start AS date) AS timestamp_ntz)
      AND NOT left(`earlier`.`invoice_no`, 1) IN ('C', 'A')
  )

-- ecommerce.product_concentration
SELECT
  sum(`revenue`) FILTER(WHERE
    `place` <= 20) AS `numerator`,
  sum(`revenue`) AS `denominator`
FROM (
  SELECT
    sum(`quantity` * `unit_price`) AS `revenue`,
    row_number() OVER (ORDER BY sum(`quantity` * `unit_price`) DESC NULLS FIRST) AS `place`
  FROM `staging`.`order_lines`
  WHERE
    `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
    AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)
  GROUP BY
    `stock_code`
) AS `products`

-- ecommerce.weekend_share
SELECT
  sum(
    CASE
      WHEN EXTRACT(dayofweek_iso FROM `invoice_date`) IN (6, 7)
      THEN `quantity` * `unit_price`
      ELSE 0
    END
  ) AS `numerator`,
  sum(`quantity` * `unit_price`) AS `denominator`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
  AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)

-- ecommerce.peak_hour_share
SELECT
  sum(`revenue`) FILTER(WHERE
    `place` <= 3) AS `numerator`,
  sum(`revenue`) AS `denominator`
FROM (
  SELECT
    sum(`quantity` * `unit_price`) AS `revenue`,
    row_number() OVER (ORDER BY sum(`quantity` * `unit_price`) DESC NULLS FIRST) AS `place`
  FROM `staging`.`order_lines`
  WHERE
    `invoice_date` >= CAST(CAST(:start AS date) AS timestamp_ntz)
    AND `invoice_date` < CAST(CAST(:end AS date) AS timestamp_ntz)
  GROUP BY
    EXTRACT(hour FROM `invoice_date`)
) AS `hours`

-- success.active_agreements
SELECT
  count(*) AS `value`
FROM `staging`.`agreements`
WHERE
  `start_date` < CAST(:end AS date)
  AND (
    `end_date` IS NULL OR `end_date` >= CAST(:end AS date)
  )
  AND (
    `client_type` IS NULL OR NOT lower(`client_type`) IN ('internal', 'test')
  )

-- success.offboarding_forms
SELECT
  count(*) AS `value`
FROM `staging`.`offboarding_forms`
WHERE
  `closed_at` >= CAST(CAST(:start AS date) AS timestamp)
  AND `closed_at` < CAST(CAST(:end AS date) AS timestamp)
  AND NOT coalesce(`is_test_account`, FALSE)

-- success.early_offboarding_share
SELECT
  count(*) FILTER(WHERE
    `within_first_60_days`) AS `numerator`,
  count(*) AS `denominator`
FROM `staging`.`offboarding_forms`
WHERE
  `closed_at` >= CAST(CAST(:start AS date) AS timestamp)
  AND `closed_at` < CAST(CAST(:end AS date) AS timestamp)
  AND NOT coalesce(`is_test_account`, FALSE)

-- success.churn_52w
SELECT
  count(*) FILTER(WHERE
    `status` LIKE 'terminated%' AND `end_date` < CAST(:end AS date)) AS `numerator`,
  count(*) AS `denominator`
FROM `staging`.`agreements`
WHERE
  `start_date` < CAST(:end AS date)
  AND (
    `end_date` IS NULL
    OR `end_date` >= CAST(date_add(CAST(:end AS date), (
      -364
    ) * 1) AS date)
  )
  AND (
    `client_type` IS NULL OR NOT lower(`client_type`) IN ('internal', 'test')
  )

-- applications.screened_within_48h
SELECT
  count(*) FILTER(WHERE
    `decided_at` <= `deadline`) AS `numerator`,
  count(*) AS `denominator`
FROM (
  SELECT
    `channel`,
    `submitted_at`,
    `decided_at`,
    `decision`,
    CASE
      WHEN EXTRACT(dayofweek_iso FROM `submitted_at`) <= 3
      THEN CAST(timestampadd(day, 2, `submitted_at`) AS timestamp)
      WHEN EXTRACT(dayofweek_iso FROM `submitted_at`) <= 5
      THEN CAST(timestampadd(day, 4, `submitted_at`) AS timestamp)
      ELSE CAST(timestampadd(day, 9, CAST(date_trunc('week', `submitted_at`) AS timestamp)) AS timestamp)
    END AS `deadline`
  FROM `staging`.`applications`
) AS `received`
WHERE
  `submitted_at` >= CAST(CAST(:start AS date) AS timestamp)
  AND `submitted_at` < CAST(CAST(:end AS date) AS timestamp)
  AND (
    `decision` IS DISTINCT FROM 'withdrawn' OR `decided_at` > `deadline`
  )

-- applications.time_to_first_response
SELECT
  percentile(
    CAST(CAST((
      CAST((
        unix_micros(`first_response_at`) - unix_micros(`submitted_at`)
      ) AS decimal(20, 0)) * CAST('0.000001' AS decimal(6, 6))
    ) AS double) / CAST(3600 AS double) AS double),
    0.5
  ) AS `value`
FROM `staging`.`applications`
WHERE
  `first_response_at` >= CAST(CAST(:start AS date) AS timestamp)
  AND `first_response_at` < CAST(CAST(:end AS date) AS timestamp)

-- lending.cure_rate
SELECT
  count(*) FILTER(WHERE
    `days_past_due` = 0) AS `numerator`,
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
        `days_past_due_before` DIV 30
      ) IS NULL
      THEN 3
      WHEN 3 IS NULL
      THEN (
        `days_past_due_before` DIV 30
      )
      WHEN (
        `days_past_due_before` DIV 30
      ) <= 3
      THEN (
        `days_past_due_before` DIV 30
      )
      ELSE 3
    END AS `bucket`
  FROM `staging`.`loan_book`
) AS `loans`
WHERE
  `days_past_due_before` >= 30
  AND `snapshot_month` >= CAST(:start AS date)
  AND `snapshot_month` < CAST(:end AS date)

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
    `snapshot_month` >= CAST(:start AS date)
    AND `snapshot_month` < CAST(:end AS date)
  UNION ALL
  SELECT
    'applications_funnel',
    3,
    (
      0 + CASE WHEN `channel` IS NULL THEN 1 ELSE 0 END + CASE WHEN `region` IS NULL THEN 1 ELSE 0 END + CASE WHEN `amount_requested` IS NULL THEN 1 ELSE 0 END
    )
  FROM `staging`.`applications_funnel`
  WHERE
    `started_at` >= CAST(CAST(:start AS date) AS timestamp)
    AND `started_at` < CAST(CAST(:end AS date) AS timestamp)
  UNION ALL
  SELECT
    'collections_contacts',
    4,
    (
      0 + CASE WHEN `loan_id` IS NULL THEN 1 ELSE 0 END + CASE WHEN `channel` IS NULL THEN 1 ELSE 0 END + CASE WHEN `reached` IS NULL THEN 1 ELSE 0 END + CASE WHEN `cost` IS NULL THEN 1 ELSE 0 END
    )
  FROM `staging`.`collections_contacts`
  WHERE
    `contacted_at` >= CAST(CAST(:start AS date) AS timestamp)
    AND `contacted_at` < CAST(CAST(:end AS date) AS timestamp)
  UNION ALL
  SELECT
    'marketing_spend',
    3,
    (
      0 + CASE WHEN `channel` IS NULL THEN 1 ELSE 0 END + CASE WHEN `campaign` IS NULL THEN 1 ELSE 0 END + CASE WHEN `spend` IS NULL THEN 1 ELSE 0 END
    )
  FROM `staging`.`marketing_spend`
  WHERE
    `spent_on` >= CAST(:start AS date)
    AND `spent_on` < CAST(:end AS date)
) AS `read`

-- support.mttr
SELECT
  CAST(coalesce(
    sum(
      (
        CAST((
          unix_micros(`resolved_at`) - unix_micros(`created_at`)
        ) AS decimal(20, 0)) * CAST('0.000001' AS decimal(6, 6))
      )
    ),
    0
  ) AS double) / CAST(3600 AS double) AS `numerator`,
  count(`created_at`) AS `denominator`
FROM `staging`.`support_cases`
WHERE
  `resolved_at` >= CAST(CAST(:start AS date) AS timestamp)
  AND `resolved_at` < CAST(CAST(:end AS date) AS timestamp)

-- support.sla_adherence
SELECT
  count(*) FILTER(WHERE
    `resolved_at` <= timestamp_micros(
      unix_micros(`created_at`) + CAST(1 * (
        CASE `priority` WHEN 'P1' THEN 24 WHEN 'P2' THEN 72 WHEN 'P3' THEN 168 ELSE 336 END
      ) AS bigint) * 3600000000
    )) AS `numerator`,
  count(`created_at`) AS `denominator`
FROM `staging`.`support_cases`
WHERE
  `resolved_at` >= CAST(CAST(:start AS date) AS timestamp)
  AND `resolved_at` < CAST(CAST(:end AS date) AS timestamp)

-- support.at_risk
-- The query cannot be asked of Spark: "elapsed_hours" has its last digits from each engine, so what it is compared with or counted by may change.

-- team_stats.daily_active_staff
SELECT
  count(DISTINCT struct(`staff_id`, CAST(`at` AS date))) FILTER(WHERE
    `staff_id` IS NOT NULL) AS `numerator`,
  CASE
    WHEN count(*) > 0
    THEN datediff(
      CAST(CAST(:end AS date) AS date),
      CAST(CAST(:start AS date) AS date)
    )
  END AS `denominator`
FROM `staging`.`staff_events`
WHERE
  `at` >= CAST(CAST(:start AS date) AS timestamp)
  AND `at` < CAST(CAST(:end AS date) AS timestamp)

-- product_growth.median_days_since_prior
-- The query cannot be asked of Spark: "order_id" is a text, and each engine sorts texts in its own order.

-- ecommerce.order_count as lateral
SELECT
  `kpi_period`.`kpi_nth`,
  `kpi_answer`.*
FROM VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date)) AS `kpi_period`(`kpi_nth`, `kpi_start`, `kpi_end`)
CROSS JOIN LATERAL (
  SELECT
    count(DISTINCT `invoice_no`) AS `value`
  FROM (
    SELECT
      `invoice_no`,
      `country`,
      `invoice_date`,
      EXTRACT(dayofweek_iso FROM `invoice_date`) AS `weekday`,
      EXTRACT(hour FROM `invoice_date`) AS `hour`
    FROM `staging`.`order_lines`
  ) AS `lines`
  WHERE
    `invoice_date` >= CAST(`kpi_period`.`kpi_start` AS timestamp_ntz)
    AND `invoice_date` < CAST(`kpi_period`.`kpi_end` AS timestamp_ntz)
    AND NOT left(`invoice_no`, 1) IN ('C', 'A')
) AS `kpi_answer`

-- ecommerce.order_count as scan
SELECT
  `kpi_period`.`kpi_nth`,
  count(DISTINCT `invoice_no`) AS `value`
FROM `staging`.`order_lines`, VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date)) AS `kpi_period`(`kpi_nth`, `kpi_start`, `kpi_end`)
WHERE
  `invoice_date` >= CAST(`kpi_period`.`kpi_start` AS timestamp_ntz)
  AND `invoice_date` < CAST(`kpi_period`.`kpi_end` AS timestamp_ntz)
  AND `invoice_date` >= CAST(CAST('2026-12-28' AS date) AS timestamp_ntz)
  AND `invoice_date` < CAST(CAST('2027-01-11' AS date) AS timestamp_ntz)
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
SELECT
  `kpi_period`.`kpi_nth`,
  `kpi_answer`.*
FROM VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date)) AS `kpi_period`(`kpi_nth`, `kpi_start`, `kpi_end`)
CROSS JOIN LATERAL (
  SELECT
    count(*) AS `value`
  FROM `staging`.`offboarding_forms`
  WHERE
    `closed_at` >= CAST(`kpi_period`.`kpi_start` AS timestamp)
    AND `closed_at` < CAST(`kpi_period`.`kpi_end` AS timestamp)
    AND NOT coalesce(`is_test_account`, FALSE)
) AS `kpi_answer`

-- success.offboarding_forms as scan
SELECT
  `kpi_period`.`kpi_nth`,
  count(*) AS `value`
FROM `staging`.`offboarding_forms`, VALUES
  (0, CAST('2026-12-28' AS date), CAST('2027-01-04' AS date)),
  (1, CAST('2027-01-04' AS date), CAST('2027-01-11' AS date)) AS `kpi_period`(`kpi_nth`, `kpi_start`, `kpi_end`)
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
