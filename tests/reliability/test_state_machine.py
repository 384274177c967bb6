"""Anything a shop's year can bring, in any order: after every step the ledger is what plain Python says it must be."""
import time
from datetime import date
from tests.reliability.corner_shop import *

def test_a_try(new_database, migrated, tmp_path):
    week = date(2026, 10, 5)
    shop = Shop(new_database(migrated), tmp_path, morning_after(week))
    try:
        for d in range(5):
            shop.sells(at(week, d), 5); shop.is_visited(at(week, d), 1)
        shop.sells(at(week+WEEK, 0, 1), 7)
        for n in range(8):
            t = time.time(); shop.loads(); a = time.time(); shop.runs(); b = time.time()
            print(a-t, b-a)
            week += WEEK
            shop.sells(at(week+WEEK, 0, 1), 7)
            shop.is_visited(at(week+WEEK, 0, 1), 7)
            shop.goes_to(morning_after(week))
    finally:
        shop.close()
