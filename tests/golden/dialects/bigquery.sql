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

-- ecommerce.revenue_per_customer
SELECT
  sum(`quantity` * `unit_price`) AS `numerator`,
  count(DISTINCT `customer_id`) AS `denominator`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)
  AND `customer_id` IS NOT NULL

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

-- ecommerce.items_per_order
SELECT
  sum(`quantity`) AS `numerator`,
  count(DISTINCT CASE WHEN NOT left(`invoice_no`, 1) IN ('C', 'A') THEN `invoice_no` END) AS `denominator`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.units_sold
SELECT
  sum(`quantity`) AS `value`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.active_customers
SELECT
  count(DISTINCT `customer_id`) AS `value`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

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

-- ecommerce.avg_unit_price
SELECT
  sum(`quantity` * `unit_price`) AS `numerator`,
  sum(`quantity`) AS `denominator`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.return_rate
SELECT
  count(DISTINCT CASE WHEN `quantity` < 0 THEN `invoice_no` END) AS `numerator`,
  count(DISTINCT `invoice_no`) AS `denominator`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.revenue_by_country
SELECT
  sum(`quantity` * `unit_price`) AS `value`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

-- ecommerce.international_share
SELECT
  sum(
    CASE WHEN `country` <> 'United Kingdom' THEN `quantity` * `unit_price` ELSE 0 END
  ) AS `numerator`,
  sum(`quantity` * `unit_price`) AS `denominator`
FROM `staging`.`order_lines`
WHERE
  `invoice_date` >= CAST(CAST(@start AS date) AS datetime)
  AND `invoice_date` < CAST(CAST(@end AS date) AS datetime)

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

-- success.replacement_requests_share
SELECT
  count(CASE WHEN `replacement_requested` THEN 1 END) AS `numerator`,
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
      WHEN `status` LIKE 'terminated%'
      AND `end_date` >= date_add(CAST(@end AS date), INTERVAL -364 DAY)
      AND `end_date` < CAST(@end AS date)
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

-- success.client_churn_52w
SELECT
  count(
    CASE
      WHEN `status` = 'terminated by client'
      AND `end_date` >= date_add(CAST(@end AS date), INTERVAL -364 DAY)
      AND `end_date` < CAST(@end AS date)
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
