-- Sample rows of Treasury's file: three facilities, every month that ends between $first and $last.
-- Rates go up and down over some years; the warehouse line was dear in one month of twenty-nine.
with months as (
    select n, (date '2000-01-01' + to_months(n::integer))::date as month
    from   range((year($first::date) - 2000) * 12 + month($first::date) - 1,
                 (year($last::date) - 2000) * 12 + month($last::date) - 1) as numbers(n)
),
facilities as (
    select unnest([
               {'facility': 'bank line', 'share': 0.40, 'above': 0.018, 'fee': 0.0012},
               {'facility': 'notes', 'share': 0.35, 'above': 0.026, 'fee': 0.0004},
               {'facility': 'warehouse line', 'share': 0.25, 'above': 0.034, 'fee': 0.0020}
           ], recursive := true)
),
drawings as (
    select *,
           round(1000 * share * (0.8 + 0.1 * (hash('drawn', n, facility) % 1000) / 1000.0)
                 * greatest(300, 7.2 * n - 240), 2) as drawn,
           0.032 + 0.012 * sin(n / 19.0) + above
           + if(facility = 'warehouse line' and n % 29 = 3, 0.03, 0) as rate
    from   months, facilities
)
select month, facility,
       drawn::decimal(14, 2) as drawn,
       round(drawn * rate / 12, 2)::decimal(12, 2) as interest,
       round(drawn * fee / 12, 2)::decimal(12, 2) as fees
from   drawings
order  by month, facility
