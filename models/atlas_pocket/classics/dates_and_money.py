"""Calendar, prices, interest, grades."""

from __future__ import annotations

import calendar
import datetime
import math
import random
from fractions import Fraction

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import numbers, one_of, whole

_DATES = (
    "2024-01-01", "2024-02-29", "2023-12-31", "2000-06-15", "1999-03-08", "2023-10-05", "2024-07-04", "2021-11-30",
)  # fmt: skip


def _ways(amount: int, coins: tuple[int, ...]) -> int:
    if not coins:
        return int(amount == 0)
    return sum(_ways(amount - paid, coins[:-1]) for paid in range(0, amount + 1, coins[-1]))


def _grown(principal: int, percent: int, years: int) -> Fraction:
    return principal * Fraction(100 + percent, 100) ** years


def _capital(rng: random.Random) -> tuple[int, int, int]:
    """Draw principal, percent and years whose result is not half a cent, which floats would round either way."""
    while True:
        drawn = rng.choice((50, 100, 200, 500, 1000, 1200)), rng.randint(0, 10), rng.choice((0, 1, 2, 3, 4, 5))
        if _grown(*drawn) * 1000 % 10 != 5:
            return drawn


CLASSICS = (
    Classic(
        key="days_in_month",
        tier=2,
        names="days_in_month month_length month_days number_of_days",
        given=(whole("month m n", 1, 12, 2, 4, 12), one_of("year y", "int", 2023, 2024, 1900, 2000, 2100, 2019)),
        returns="int",
        says="""
            the number of days of month {month} (1 to 12) in the year {year}
            how many days the month {month} has in {year}, leap years considered
            Days in a month: 28 to 31 for {month} of {year}; February has 29 in Gregorian leap years.
            the length in days of month number {month} in {year}
            Return how many days there are in {month}/{year}.
            the day count of a month (1 is January) in a given year, with Gregorian leap years
            Given {month} and {year}, find out the number of days in that month.
            how long the month {month} of the year {year} is, in days
            """,
        bodies="""
            if month == 2:
                leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
                return 29 if leap else 28
            if month in (4, 6, 9, 11):
                return 30
            return 31
            ---
            import calendar
            return calendar.monthrange(year, month)[1]
            """,
        wrong="""
            if month == 2:
                return 28
            if month in (4, 6, 9, 11):
                return 30
            return 31
            ---
            if month == 2:
                return 29 if year % 4 == 0 else 28
            return 30 if month % 2 == 0 else 31
            """,
        reference=lambda m, y: (datetime.date(y + m // 12, m % 12 + 1, 1) - datetime.timedelta(days=1)).day,
        plan=(
            "February has 29 days in leap years, else 28. | April, June, September and November have 30. | "
            "The others have 31."
        ),
        properties=("28 <= result <= 31",),
        thought="February depends on the leap year rule.",
    ),
    Classic(
        key="day_name",
        tier=1,
        names="day_name weekday_name day_of_week_name name_of_day",
        given=(whole("n day number d", 0, 6, 0, 6),),
        returns="str",
        says="""
            the English name of weekday {n}, where 0 is Monday and 6 is Sunday
            the day name for a number from 0 (Monday) to 6 (Sunday)
            Map {n} to a weekday: 0 gives 'Monday', ..., 6 gives 'Sunday'.
            Return 'Monday' for 0, 'Tuesday' for 1 and so on up to 'Sunday' for 6.
            the name of the day of the week with number {n}, counting from Monday = 0
            Convert a weekday number (Monday is 0) to its English name.
            which day of the week number {n} is, if Monday is 0 (full English name)
            the {n}-th day of the week as a word, starting with 0 for Monday
            """,
        bodies="""
            days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            return days[n]
            """,
        wrong="""
            days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
            return days[n]
            ---
            days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            return days[n - 1]
            """,
        reference=lambda n: calendar.day_name[n],
        plan="List the names from Monday to Sunday. | Return the one at index {n}.",
        properties=("result.endswith('day')",),
    ),
    Classic(
        key="month_name",
        tier=1,
        names="month_name name_of_month get_month month_to_name",
        given=(whole("n month number m", 1, 12, 1, 12),),
        returns="str",
        says="""
            the English name of month {n}, where 1 is January
            the month name for a number from 1 (January) to 12 (December)
            Map {n} to a month: 1 gives 'January', ..., 12 gives 'December'.
            Return 'January' for 1, 'February' for 2 and so on.
            the name of the month with the number {n}, counted from 1
            Convert a month number to its English name.
            which month number {n} is (full English name, 1 is January)
            the {n}-th month of the year as a word
            """,
        bodies="""
            months = ["January", "February", "March", "April", "May", "June", "July",
                      "August", "September", "October", "November", "December"]
            return months[n - 1]
            """,
        wrong="""
            months = ["January", "February", "March", "April", "May", "June", "July",
                      "August", "September", "October", "November", "December"]
            return months[n % 12]
            """,
        reference=lambda n: calendar.month_name[n],
        plan="List the names from January to December. | Return the one at index {n} - 1.",
        thought="Lists count from 0, months from 1.",
    ),
    Classic(
        key="is_weekend",
        tier=1,
        names="is_weekend weekend check_weekend is_day_off",
        given=(
            one_of(
                "day weekday name d",
                "str",
                *(name.lower() for name in calendar.day_name),
                "Sunday",
                "Monday",
                "SATURDAY",
            ),
        ),
        returns="bool",
        says="""
            whether the weekday name {day} is Saturday or Sunday, ignoring case
            whether {day} is a day of the weekend (Saturday, Sunday), in any case
            True if {day} is 'saturday' or 'sunday' in upper or lower case
            Return True if the day name {day} belongs to the weekend; case does not matter.
            Is {day} at the weekend? It is an English day name in any case.
            Check if a day name is Saturday or Sunday, case-insensitively.
            True for the two weekend days and False for Monday to Friday, whatever the case of {day}
            whether the English day {day} is one of the last two of the week, ignoring upper and lower case
            """,
        bodies="""
            return day.lower() in ("saturday", "sunday")
            """,
        wrong="""
            return day in ("saturday", "sunday")
            ---
            return day.lower() == "sunday"
            """,
        reference=lambda d: d[0] in "sS",
        plan="Turn {day} to lower case. | Return whether it is 'saturday' or 'sunday'.",
    ),
    Classic(
        key="weekday_of_date",
        tier=2,
        names="weekday_of day_of_week weekday get_weekday what_day",
        given=(one_of("date d day text", "str", *_DATES),),
        returns="int",
        says="""
            the weekday of the date {date} ('YYYY-MM-DD'), 0 for Monday to 6 for Sunday
            the number of the day of the week of {date}, an ISO date string; Monday is 0
            Parse {date} like '2024-02-29' and return its weekday (0 is Monday, 6 is Sunday).
            which day of the week the date {date} is, from 0 (Monday) to 6 (Sunday)
            Day of the week for a date string in the form YYYY-MM-DD, Monday = 0.
            Return the weekday number of the ISO-formatted {date}, starting at 0 for Monday.
            0 if the date string {date} is a Monday, 1 for a Tuesday, ..., 6 for a Sunday
            Find out on which weekday {date} falls, as an int with Monday as 0.
            """,
        bodies="""
            import datetime
            return datetime.date.fromisoformat(date).weekday()
            """,
        wrong="""
            import datetime
            return datetime.date.fromisoformat(date).isoweekday()
            """,
        reference=lambda s: (datetime.date(*map(int, s.split("-"))) - datetime.date(2024, 1, 1)).days % 7,
        plan="Parse {date}. | Return its weekday number.",
        properties=("0 <= result <= 6",),
        thought="isoweekday counts from 1.",
    ),
    Classic(
        key="days_between",
        tier=2,
        names="days_between date_difference days_apart count_days",
        given=(one_of("first start a date1", "str", *_DATES), one_of("second end b date2", "str", *_DATES)),
        returns="int",
        says="""
            the number of days between the dates {first} and {second} ('YYYY-MM-DD'), never negative
            how many days apart {first} and {second} are, two ISO date strings in any order
            Count the days from one date to the other, {first} and {second} being strings like '2024-01-31'.
            the absolute difference in days of two dates given as 'YYYY-MM-DD'
            Return how many days lie between {first} and {second} (0 if equal, order does not matter).
            the distance of the ISO dates {first} and {second} in days, as a non-negative int
            Parse both date strings and return the number of days between them, regardless of order.
            Days between {first} and {second}, whichever is earlier, both in the form YYYY-MM-DD
            """,
        bodies="""
            import datetime
            a = datetime.date.fromisoformat(first)
            b = datetime.date.fromisoformat(second)
            return abs((b - a).days)
            """,
        wrong="""
            import datetime
            a = datetime.date.fromisoformat(first)
            b = datetime.date.fromisoformat(second)
            return (b - a).days
            """,
        reference=lambda a, b: abs(
            datetime.datetime.strptime(a, "%Y-%m-%d").toordinal()
            - datetime.datetime.strptime(b, "%Y-%m-%d").toordinal()
        ),
        plan="Parse both dates. | Subtract them. | Return the absolute number of days.",
        properties=("result >= 0", "(result == 0) == (first == second)"),
    ),
    Classic(
        key="reformat_date",
        tier=2,
        names="reformat_date format_date convert_date to_german_date iso_to_dmy",
        given=(one_of("date d text iso", "str", *_DATES),),
        returns="str",
        says="""
            the ISO date {date} ('YYYY-MM-DD') written as 'DD.MM.YYYY'
            Convert a date from the form YYYY-MM-DD to DD.MM.YYYY.
            {date} with day, month and year separated by dots instead of year-month-day
            Reformat '2024-02-29' as '29.02.2024', for any {date}.
            the parts of {date} in the order day, month, year, joined by dots
            Turn the string {date} (year-month-day) into day.month.year with the same digits.
            Split {date} at the hyphens, reverse the parts and join them with '.'.
            Return {date} in the format DD.MM.YYYY; it is given as YYYY-MM-DD.
            """,
        bodies="""
            year, month, day = date.split("-")
            return f"{day}.{month}.{year}"
            ---
            return ".".join(reversed(date.split("-")))
            """,
        wrong="""
            return date.replace("-", ".")
            ---
            year, month, day = date.split("-")
            return f"{month}.{day}.{year}"
            """,
        reference=lambda s: datetime.date.fromisoformat(s).strftime("%d.%m.%Y"),
        plan="Split {date} at the hyphens. | Reverse the parts. | Join them with dots.",
        steps=lambda s: [s.split("-")],
        properties=("len(result) == 10", "result.count('.') == 2"),
    ),
    Classic(
        key="day_of_year",
        tier=3,
        names="day_of_year ordinal_day day_number nth_day",
        given=(one_of("date d text day", "str", *_DATES, "2023-03-01", "2024-03-01", "2100-03-01"),),
        returns="int",
        says="""
            which day of the year the date {date} ('YYYY-MM-DD') is, 1 for January 1st
            the number of the day {date} within its year, counted from 1
            Day of the year (1 to 366) of an ISO date string.
            the ordinal day of {date} in its year: '2024-02-01' gives 32
            Count the days from the beginning of the year up to and including {date}.
            Return the position of the date {date} (YYYY-MM-DD) in its year, January 1st being 1.
            how many days of its year have passed at the end of {date}, an ISO date
            the day number of {date} from 1 to 366, leap years considered
            """,
        bodies="""
            import datetime
            return datetime.date.fromisoformat(date).timetuple().tm_yday
            ---
            import datetime
            day = datetime.date.fromisoformat(date)
            return (day - datetime.date(day.year, 1, 1)).days + 1
            """,
        wrong="""
            import datetime
            day = datetime.date.fromisoformat(date)
            return (day - datetime.date(day.year, 1, 1)).days
            ---
            year, month, day = map(int, date.split("-"))
            return (month - 1) * 30 + day
            """,
        reference=lambda s: int(datetime.date.fromisoformat(s).strftime("%j")),
        plan="Parse {date}. | Subtract January 1st of its year. | Add 1.",
        properties=("1 <= result <= 366",),
        thought="January 1st is day 1, not 0.",
    ),
    Classic(
        key="age_from_years",
        tier=2,
        names="age compute_age calculate_age age_at",
        given=(
            one_of("born birthday birth b", "str", *_DATES),
            one_of("today now date d", "str", "2024-02-28", "2024-12-31", "2025-01-01", "2024-07-04"),
        ),
        returns="int",
        says="""
            the age in full years on {today} of someone born on {born}; both are 'YYYY-MM-DD'
            how many birthdays after the birth someone born on {born} has had by {today} (ISO dates)
            Compute the age on {today} from the date of birth {born}, counting completed years only.
            the number of complete years from {born} to {today}, two ISO date strings
            Age in years: the year difference, minus one if the birthday has not come yet in the year of {today}.
            Return how old a person born on {born} is on {today} (birthday itself counts); dates are YYYY-MM-DD.
            Full years between the birth date {born} and {today}, given as ISO strings
            how old someone with birthday {born} is at {today}, in whole years
            """,
        bodies="""
            years = int(today[:4]) - int(born[:4])
            if today[5:] < born[5:]:
                years -= 1
            return years
            """,
        wrong="""
            return int(today[:4]) - int(born[:4])
            ---
            years = int(today[:4]) - int(born[:4])
            if today[5:] <= born[5:]:
                years -= 1
            return years
            """,
        reference=lambda b, t: (int(t.replace("-", "")) - int(b.replace("-", ""))) // 10000,
        draw=lambda rng: (
            rng.choice(("2000-06-15", "1999-03-08", "2001-02-28", "1990-07-04", "2010-12-31", "2005-01-01")),
            rng.choice(("2024-02-28", "2024-12-31", "2025-01-01", "2024-07-04", "2024-06-14", "2024-06-15")),
        ),
        plan="Subtract the years. | If the birthday is still to come in that year, subtract 1.",
        steps=lambda b, t: [int(t[:4]) - int(b[:4])],
        properties=("result >= 0",),
        thought="Before the birthday of the year one more year has to be taken off.",
    ),
    Classic(
        key="century_from_year",
        tier=2,
        names="century century_of century_from_year which_century",
        given=(whole("year y n", 1, 2100, 1, 100, 101, 1900, 1901, 2000, 2001),),
        returns="int",
        says="""
            the century of the year {year}: 1 to 100 are the 1st, 101 to 200 the 2nd
            in which century the year {year} lies; 1900 is in the 19th and 1901 in the 20th
            Century from year: 2000 gives 20 and 2001 gives 21.
            the number of the century that contains {year}, where the first one ends with the year 100
            Return the century of {year} as an int; years divisible by 100 end a century.
            which century the year {year} belongs to (year 100 is still the first)
            {year} divided by 100, rounded up
            Find the century for a positive {year}: 1705 gives 18, 1700 gives 17.
            """,
        bodies="""
            return (year + 99) // 100
            ---
            return (year - 1) // 100 + 1
            ---
            if year % 100 == 0:
                return year // 100
            return year // 100 + 1
            """,
        wrong="""
            return year // 100 + 1
            ---
            return year // 100
            """,
        reference=lambda y: math.ceil(Fraction(y, 100)),
        plan="Subtract 1 from {year}. | Divide by 100, rounding down. | Add 1.",
        properties=("100 * (result - 1) < year <= 100 * result",),
        thought="A year divisible by 100 is the last of its century.",
    ),
    Classic(
        key="simple_interest",
        tier=1,
        names="simple_interest interest compute_interest interest_amount",
        given=(
            one_of("principal p amount capital", "int", 100, 200, 500, 1000, 1200, 50),
            whole("rate r percent interest_rate", 0, 10),
            whole("years t n time", 0, 6),
        ),
        returns="float",
        says="""
            the simple interest on {principal} at {rate} percent a year over {years} years
            {principal} * {rate} * {years} / 100
            Compute simple interest: {principal} times {rate} percent times {years}.
            how much interest {principal} earns in {years} years at {rate} % without compounding
            the interest for {years} years on {principal} with a yearly rate of {rate} percent, not compounded
            Simple interest from principal, yearly rate in percent and number of years.
            Return the non-compounded interest (not the total) on {principal} at {rate} % for {years} years.
            {rate} percent of {principal}, for each of {years} years
            """,
        bodies="""
            return principal * rate * years / 100
            """,
        wrong="""
            return principal * rate * years
            ---
            return principal + principal * rate * years / 100
            ---
            return principal * (1 + rate / 100) ** years - principal
            """,
        reference=lambda p, r, t: float(Fraction(p * r * t, 100)),
        plan="Multiply {principal}, {rate} and {years}. | Divide by 100.",
        steps=lambda p, r, t: [p * r * t],
        properties=("result >= 0",),
    ),
    Classic(
        key="compound_interest",
        tier=2,
        names="compound_interest compound future_value grow savings",
        given=(
            one_of("principal p amount capital", "int", 100, 200, 500, 1000, 1200, 50),
            whole("rate r percent interest_rate", 0, 10),
            whole("years t n time", 0, 6, 0),
        ),
        returns="float",
        says="""
            what {principal} grows to in {years} years at {rate} percent compound interest, rounded to two decimals
            {principal} * (1 + {rate} / 100) ** {years}, rounded to 2 decimals
            Compute the value of {principal} after {years} years with {rate} % interest compounded yearly, to two decimals.
            the final amount of {principal} with yearly compounding at {rate} percent for {years} years (two decimals)
            Compound interest: the total after {years} years at {rate} percent a year on {principal}, rounded to cents.
            how much money {principal} becomes in {years} years if {rate} % is added each year; round to 2 places
            Return the capital {principal} increased by {rate} percent {years} times, rounded to hundredths.
            the future value of {principal} at the yearly rate {rate} (percent) after {years} years, rounded to 2 decimals
            """,
        bodies="""
            return round(principal * (1 + rate / 100) ** years, 2)
            """,
        wrong="""
            return round(principal + principal * rate / 100 * years, 2)
            ---
            return round(principal * (1 + rate / 100) ** years - principal, 2)
            ---
            return round(principal * (1 + rate) ** years, 2)
            """,
        reference=lambda p, r, t: float(round(_grown(p, r, t), 2)),
        draw=_capital,
        plan=(
            "Add 1 to {rate} percent. | Raise it to the power {years}. | "
            "Multiply by {principal} and round to two decimals."
        ),
        properties=("result >= principal",),
    ),
    Classic(
        key="discounted_price",
        tier=1,
        names="discounted_price apply_discount price_after_discount discount sale_price",
        given=(
            whole("price p amount cost", 0, 200, 0, 100),
            one_of("percent discount d rate", "int", 0, 25, 50, 75, 100),
        ),
        returns="float",
        says="""
            {price} reduced by {percent} percent
            the price after a discount of {percent} % on {price}
            Apply a discount of {percent} percent to {price}.
            {price} minus {percent} percent of it
            what remains to pay of {price} when {percent} % is taken off
            Discounted price: {price} * (100 - {percent}) / 100.
            Return how much something costs that was {price} and is now {percent} percent cheaper.
            {percent} percent off {price}
            """,
        bodies="""
            return price * (100 - percent) / 100
            """,
        wrong="""
            return price - percent
            ---
            return price * percent / 100
            ---
            return price * (100 + percent) / 100
            """,
        reference=lambda p, d: float(Fraction(p) - Fraction(p * d, 100)),
        plan="Subtract {percent} from 100. | Multiply by {price}. | Divide by 100.",
        steps=lambda p, d: [100 - d],
        properties=("0 <= result <= price",),
    ),
    Classic(
        key="add_tax",
        tier=1,
        names="add_tax price_with_tax with_vat gross_price",
        given=(whole("price p net amount", 0, 200, 0, 100), one_of("percent tax t rate", "int", 0, 5, 7, 10, 19, 20)),
        returns="float",
        says="""
            {price} plus {percent} percent tax, rounded to two decimals
            the gross price: {price} increased by {percent} %, rounded to 2 decimals
            Add a tax of {percent} percent to {price} and round to two decimal places.
            {price} with {percent} percent added to it, to two decimals
            what {price} costs including {percent} % tax, rounded to cents
            Price with tax: {price} * (100 + {percent}) / 100, rounded to two places.
            Return the net {price} increased by the tax rate {percent} (in percent), with two decimals.
            {price} and {percent} % of it together, rounded to hundredths
            """,
        bodies="""
            return round(price * (100 + percent) / 100, 2)
            """,
        wrong="""
            return round(price * percent / 100, 2)
            ---
            return round(price + percent, 2)
            ---
            return round(price * (100 - percent) / 100, 2)
            """,
        reference=lambda p, t: float(Fraction(p * (100 + t), 100)),
        plan="Add {percent} to 100. | Multiply by {price} and divide by 100. | Round to two decimals.",
        steps=lambda p, t: [100 + t],
        properties=("result >= price",),
    ),
    Classic(
        key="tip_amount",
        tier=1,
        names="tip calculate_tip tip_amount compute_tip",
        given=(whole("bill total amount b", 1, 120), one_of("percent rate p tip_percent", "int", 10, 15, 20, 5, 0)),
        returns="float",
        says="""
            the tip of {percent} percent on a bill of {bill}, rounded to two decimals
            {percent} percent of {bill}, rounded to 2 decimals
            Compute the tip for {bill} at {percent} %, to two decimal places.
            how much {percent} percent tip on {bill} is (only the tip, two decimals)
            Tip amount: {bill} * {percent} / 100, rounded to cents.
            Given the bill and a tip percentage, return the tip rounded to two decimals.
            the tip alone, without {bill} itself, for {percent} percent, rounded to hundredths
            Calculate a {percent} percent tip for the bill {bill} and round it to 2 places.
            """,
        bodies="""
            return round(bill * percent / 100, 2)
            """,
        wrong="""
            return round(bill * (100 + percent) / 100, 2)
            ---
            return round(bill / percent, 2) if percent else 0.0
            """,
        reference=lambda b, p: float(Fraction(b * p, 100)),
        plan="Multiply {bill} by {percent}. | Divide by 100. | Round to two decimals.",
        steps=lambda b, p: [b * p],
        properties=("0 <= result <= bill",),
    ),
    Classic(
        key="make_change",
        tier=3,
        names="make_change coins_for change greedy_coins coin_change",
        given=(whole("amount cents n money", 0, 99, 0, 1, 5, 25, 30),),
        returns="list[int]",
        says="""
            the coins of 25, 10, 5 and 1 that make {amount}, largest first, as few as possible
            a list of coins (25, 10, 5, 1) that add up to {amount}, taking the biggest possible one each time
            Give change for {amount} cents: a list of quarters (25), dimes (10), nickels (5) and pennies (1), largest first.
            Make change: split {amount} into coins of 25, 10, 5 and 1 greedily, in descending order.
            the fewest coins from 25, 10, 5, 1 for {amount}, as a list from large to small
            Return the list of US coins (25, 10, 5, 1) for {amount} cents, largest coins first; nothing for 0.
            Take the largest of the coins 25, 10, 5, 1 that fits again and again until {amount} is paid; return the coins.
            {amount} paid in coins of 25, 10, 5 and 1, always the largest that still fits, as a list
            """,
        bodies="""
            coins = []
            for coin in (25, 10, 5, 1):
                while amount >= coin:
                    coins.append(coin)
                    amount -= coin
            return coins
            ---
            result = []
            for coin in [25, 10, 5, 1]:
                result += [coin] * (amount // coin)
                amount %= coin
            return result
            """,
        wrong="""
            coins = []
            for coin in (25, 10, 5, 1):
                if amount >= coin:
                    coins.append(coin)
                    amount -= coin
            return coins
            ---
            coins = []
            for coin in (25, 10, 5, 1):
                while amount > coin:
                    coins.append(coin)
                    amount -= coin
            return coins
            """,
        reference=lambda n: [25] * (n // 25) + [10] * (n % 25 // 10) + [5] * (n % 25 % 10 // 5) + [1] * (n % 5),
        plan="Go through the coins from 25 down to 1. | As long as the coin fits, keep it and subtract it.",
        properties=("sum(result) == amount", "result == sorted(result, reverse=True)"),
    ),
    Classic(
        key="count_change_ways",
        tier=3,
        names="count_change change_ways ways_to_pay coin_combinations",
        given=(
            whole("amount total n target", 0, 15, 0, 1),
            one_of("coins denominations values c", "list[int]", [1, 2], [1, 2, 5], [2], [3, 5], [5, 1]),
        ),
        returns="int",
        says="""
            the number of ways to pay {amount} with any number of each of {coins}, the order not counting
            how many combinations of {coins} (each usable repeatedly) add up to {amount}
            Count the ways to make {amount} from the given {coins}; coins may repeat, order does not matter, 0 has one way.
            in how many ways {amount} can be paid with the {coins}, unlimited coins of each kind, order ignored
            Coin change: the number of multisets of {coins} with the sum {amount} (1 for the amount 0).
            the number of different combinations of {coins} that total {amount}
            Return how many ways there are to give change for {amount} using {coins} as often as you like.
            Count the combinations (not the orders) of coins from {coins} that sum to {amount}.
            """,
        bodies="""
            ways = [1] + [0] * amount
            for coin in coins:
                for i in range(coin, amount + 1):
                    ways[i] += ways[i - coin]
            return ways[amount]
            ---
            if amount == 0:
                return 1
            if amount < 0 or not coins:
                return 0
            return count_change_ways(amount - coins[0], coins) + count_change_ways(amount, coins[1:])
            """,
        wrong="""
            ways = [1] + [0] * amount
            for i in range(1, amount + 1):
                for coin in coins:
                    if i >= coin:
                        ways[i] += ways[i - coin]
            return ways[amount]
            ---
            return sum(1 for coin in coins if amount % coin == 0)
            """,
        reference=lambda n, coins: _ways(n, tuple(coins)),
        plan="One way pays 0. | For each coin, add the ways of the amount less the coin to those of every amount.",
        properties=("result >= 0", "amount != 0 or result == 1"),
        thought="The order of the coins must not be counted.",
    ),
    Classic(
        key="letter_grade",
        tier=2,
        names="letter_grade grade get_grade score_to_grade",
        given=(whole("score points s mark", 0, 100, 59, 60, 69, 70, 80, 89, 90, 100),),
        returns="str",
        says="""
            the letter grade for {score}: A from 90, B from 80, C from 70, D from 60, otherwise F
            'A' if {score} is at least 90, 'B' from 80, 'C' from 70, 'D' from 60, else 'F'
            Convert a score of 0 to 100 to a grade: 90+ A, 80+ B, 70+ C, 60+ D, below that F.
            Return the grade letter of {score} (A: 90 and above, B: 80-89, C: 70-79, D: 60-69, F: below 60).
            the school grade A, B, C, D or F that {score} points earn, with limits 90, 80, 70 and 60
            Map {score} to a letter: at least 90 is A, at least 80 B, at least 70 C, at least 60 D, the rest F.
            Grade a test: A for 90 or more, B for 80 or more, C for 70 or more, D for 60 or more, F otherwise.
            which grade {score} gets when 90, 80, 70 and 60 are the lowest scores for A, B, C and D, and F is below
            """,
        bodies="""
            if score >= 90:
                return "A"
            if score >= 80:
                return "B"
            if score >= 70:
                return "C"
            if score >= 60:
                return "D"
            return "F"
            ---
            for limit, grade in ((90, "A"), (80, "B"), (70, "C"), (60, "D")):
                if score >= limit:
                    return grade
            return "F"
            """,
        wrong="""
            if score > 90:
                return "A"
            if score > 80:
                return "B"
            if score > 70:
                return "C"
            if score > 60:
                return "D"
            return "F"
            """,
        reference=lambda s: "FFFFFFDCBAA"[s // 10],
        plan=(
            "Compare {score} with 90, 80, 70 and 60 in turn. | Return the letter of the first limit reached. | "
            "Otherwise return 'F'."
        ),
        properties=("result in 'ABCDF'",),
    ),
    Classic(
        key="fare_by_age",
        tier=2,
        names="ticket_price fare price_by_age entry_fee",
        given=(whole("age a years n", 0, 90, 5, 6, 17, 18, 64, 65),),
        returns="int",
        says="""
            the ticket price for {age}: 0 below 6 years, 5 below 18, 10 below 65, otherwise 7
            0 for children under 6, 5 for those under 18, 10 for adults under 65 and 7 from 65 on, by {age}
            Ticket price by age: under 6 free (0), 6 to 17 pay 5, 18 to 64 pay 10, 65 and older pay 7.
            Return what somebody aged {age} pays: 0 (younger than 6), 5 (younger than 18), 7 (65 or older), else 10.
            how much a ticket costs at the age {age}: 0 up to 5, 5 from 6 to 17, 10 from 18 to 64, 7 from 65
            the fare for a passenger of {age} years, which is 0 under 6, 5 from 6, 10 from 18 and 7 from 65
            Compute the entry fee: free (0) under 6, reduced (5) under 18, 7 for people of 65 or more, 10 for the rest.
            the price by {age}: babies and children below 6 pay 0, minors below 18 pay 5, seniors from 65 pay 7, others 10
            """,
        bodies="""
            if age < 6:
                return 0
            if age < 18:
                return 5
            if age < 65:
                return 10
            return 7
            """,
        wrong="""
            if age <= 6:
                return 0
            if age <= 18:
                return 5
            if age <= 65:
                return 10
            return 7
            """,
        reference=lambda a: ([0] * 6 + [5] * 12 + [10] * 47 + [7] * 60)[a],
        plan=(
            "Compare {age} with 6, 18 and 65 in turn. | Return the price of the first limit it is below. | "
            "Otherwise return 7."
        ),
        properties=("result in (0, 5, 7, 10)",),
    ),
    Classic(
        key="bmi",
        tier=1,
        names="bmi body_mass_index compute_bmi calculate_bmi",
        given=(
            whole("weight kg w mass", 45, 110),
            one_of("height h meters size", "float", 1.5, 1.6, 1.75, 1.8, 1.9, 2.0),
        ),
        returns="float",
        says="""
            the body mass index for {weight} kilograms and {height} meters, rounded to one decimal
            {weight} divided by {height} squared, rounded to 1 decimal
            Compute the BMI from {weight} in kg and {height} in m and round to one decimal place.
            the BMI: {weight} / {height} ** 2, to one decimal
            Body mass index of a person weighing {weight} kg and {height} m tall, with one decimal.
            Given weight in kilograms and height in meters, return the BMI rounded to one decimal.
            the quotient of {weight} and the square of {height}, rounded to tenths
            Return the rounded (one decimal) body mass index for {weight} and {height}.
            """,
        bodies="""
            return round(weight / height ** 2, 1)
            """,
        wrong="""
            return round(weight / height, 1)
            ---
            return round(weight / height ** 2)
            ---
            return round(weight / height * 2, 1)
            """,
        reference=lambda w, h: float(round(Fraction(w) / Fraction(str(h)) ** 2, 1)),
        plan="Square {height}. | Divide {weight} by it. | Round to one decimal.",
        properties=("result > 0",),
    ),
    Classic(
        key="average_grade",
        tier=2,
        names="average_score mean_score rounded_average average_grade",
        given=(numbers("scores grades marks points", 0, 20, [], least=1),),
        returns="float",
        says="""
            the average of {scores} rounded to two decimals, 0.0 if there are none
            the mean score, rounded to 2 decimals; an empty list of {scores} gives 0.0
            Average the {scores} and round to two decimal places (0.0 for no scores).
            Compute the mean of {scores} to two decimals; return 0.0 when the list is empty.
            what {scores} are on average, rounded to hundredths, or 0.0 for an empty list
            Return the rounded (two decimals) average of {scores}, and 0.0 if {scores} is empty.
            the sum of {scores} divided by their number, rounded to 2 places; 0.0 without scores
            Average grade with two decimals from a list of {scores}, 0.0 if it has no items.
            """,
        bodies="""
            if not scores:
                return 0.0
            return round(sum(scores) / len(scores), 2)
            """,
        wrong="""
            return round(sum(scores) / len(scores), 2)
            ---
            if not scores:
                return 0.0
            return sum(scores) / len(scores)
            ---
            if not scores:
                return 0.0
            return round(sum(scores) / len(scores), 1)
            """,
        reference=lambda xs: float(f"{sum(xs) / len(xs):.2f}") if xs else 0.0,
        plan="An empty list gives 0.0. | Divide the sum by the count. | Round to two decimals.",
        steps=lambda xs: [sum(xs), len(xs)],
        properties=("not scores or min(scores) <= result <= max(scores)",),
    ),
)
