"""From one notation or unit to another."""

from __future__ import annotations

import datetime
import string

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import numbers, one_of, real, whole, word

_ROMAN = {
    1: "I", 3: "III", 4: "IV", 5: "V", 8: "VIII", 9: "IX", 14: "XIV", 40: "XL", 44: "XLIV", 49: "XLIX", 50: "L",
    90: "XC", 99: "XCIX", 100: "C", 400: "CD", 444: "CDXLIV", 500: "D", 944: "CMXLIV", 1000: "M", 1994: "MCMXCIV",
    2024: "MMXXIV", 3999: "MMMCMXCIX", 6: "VI", 12: "XII", 29: "XXIX", 66: "LXVI", 151: "CLI", 621: "DCXXI",
}  # fmt: skip
_WORDS_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}


def _in_words(n: int) -> str:
    if n < 20:
        return _WORDS_TO_NINETEEN[n]
    tens = _TENS[n // 10 * 10]
    return tens if n % 10 == 0 else f"{tens}-{_WORDS_TO_NINETEEN[n % 10]}"


def _spreadsheet_columns(count: int) -> list[str]:
    letters = list(string.ascii_uppercase)
    return (letters + [a + b for a in letters for b in letters])[:count]


CLASSICS = (
    Classic(
        key="celsius_to_fahrenheit",
        tier=1,
        names="celsius_to_fahrenheit c_to_f to_fahrenheit convert_to_fahrenheit",
        given=(one_of("celsius c temperature degrees", "int", *range(-40, 101, 5)),),
        returns="float",
        says="""
            the temperature {celsius} in degrees Celsius converted to Fahrenheit
            {celsius} degrees Celsius in Fahrenheit
            Convert Celsius to Fahrenheit: {celsius} * 9 / 5 + 32.
            Convert a temperature from Celsius to Fahrenheit.
            how many degrees Fahrenheit {celsius} degrees Celsius are
            the Fahrenheit value of the Celsius temperature {celsius}
            {celsius} times 9, divided by 5, plus 32
            Given a temperature in Celsius, return it in Fahrenheit.
            """,
        bodies="""
            return celsius * 9 / 5 + 32
            ---
            fahrenheit = celsius * 9 / 5 + 32
            return fahrenheit
            """,
        wrong="""
            return (celsius - 32) * 5 / 9
            ---
            return celsius * 5 / 9 + 32
            ---
            return (celsius + 32) * 9 / 5
            """,
        reference=lambda c: 9 * c / 5 + 32,
        plan="Multiply {celsius} by 9. | Divide by 5. | Add 32.",
        steps=lambda c: [c * 9, c * 9 / 5],
        properties=("isinstance(result, float)",),
    ),
    Classic(
        key="fahrenheit_to_celsius",
        tier=1,
        names="fahrenheit_to_celsius f_to_c to_celsius convert_to_celsius",
        given=(
            one_of(
                "fahrenheit f temperature degrees", "int", 32, 212, -40, 50, 68, 86, 104, 41, 14, 23, 77, 5, 95, 122
            ),
        ),
        returns="float",
        says="""
            the temperature {fahrenheit} in degrees Fahrenheit converted to Celsius
            {fahrenheit} degrees Fahrenheit in Celsius
            Convert Fahrenheit to Celsius: ({fahrenheit} - 32) * 5 / 9.
            Convert a temperature from Fahrenheit to Celsius.
            how many degrees Celsius {fahrenheit} degrees Fahrenheit are
            the Celsius value of the Fahrenheit temperature {fahrenheit}
            {fahrenheit} minus 32, times 5, divided by 9
            Given a temperature in Fahrenheit, return it in Celsius.
            """,
        bodies="""
            return (fahrenheit - 32) * 5 / 9
            ---
            celsius = (fahrenheit - 32) * 5 / 9
            return celsius
            """,
        wrong="""
            return fahrenheit * 9 / 5 + 32
            ---
            return fahrenheit - 32 * 5 / 9
            ---
            return (fahrenheit - 32) * 9 / 5
            """,
        reference=lambda f: 5 * (f - 32) / 9,
        plan="Subtract 32 from {fahrenheit}. | Multiply by 5. | Divide by 9.",
        steps=lambda f: [f - 32, (f - 32) * 5],
        properties=("isinstance(result, float)",),
    ),
    Classic(
        key="int_to_roman",
        tier=3,
        names="int_to_roman to_roman roman roman_numeral number_to_roman",
        given=(one_of("n num number value", "int", *_ROMAN),),
        returns="str",
        says="""
            {n} as a Roman numeral
            the Roman numeral for {n}, a number from 1 to 3999
            Convert the integer {n} to a Roman numeral.
            {n} in Roman digits, e.g. 1994 gives 'MCMXCIV'
            Write {n} in Roman numerals (I, V, X, L, C, D, M).
            the number {n} in Roman notation, with 4 as IV and 9 as IX
            Turn an integer between 1 and 3999 into its Roman numeral as a string.
            Return the string of Roman numeral letters that stands for {n}.
            """,
        bodies="""
            values = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1]
            letters = ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"]
            result = ""
            for value, letter in zip(values, letters):
                while n >= value:
                    result += letter
                    n -= value
            return result
            """,
        wrong="""
            result = ""
            for value, letter in [(1000, "M"), (500, "D"), (100, "C"), (50, "L"), (10, "X"), (5, "V"), (1, "I")]:
                while n >= value:
                    result += letter
                    n -= value
            return result
            """,
        reference=_ROMAN.__getitem__,
        plan=(
            "List the values from 1000 down with their letters, 900, 400, 90, 40, 9 and 4 too. | "
            "Append each as often as it fits."
        ),
        properties=("set(result) <= set('IVXLCDM')",),
        thought="4 is IV and 9 is IX, not IIII and VIIII.",
    ),
    Classic(
        key="roman_to_int",
        tier=3,
        names="roman_to_int from_roman roman_to_number parse_roman",
        given=(one_of("roman s text numeral", "str", *_ROMAN.values()),),
        returns="int",
        says="""
            the integer value of the Roman numeral {roman}
            the number that the Roman numeral {roman} stands for
            Convert a Roman numeral to an integer.
            Parse {roman}, a string of Roman digits such as 'XIV', as an int.
            Roman numeral to number: 'MCMXCIV' gives 1994.
            the value of {roman}, where a smaller letter before a larger one is subtracted
            Read the Roman numeral {roman} (letters I, V, X, L, C, D, M) as a number.
            Return {roman} as an ordinary integer.
            """,
        bodies="""
            values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
            total = 0
            for i in range(len(roman)):
                value = values[roman[i]]
                if i + 1 < len(roman) and value < values[roman[i + 1]]:
                    total -= value
                else:
                    total += value
            return total
            """,
        wrong="""
            values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
            return sum(values[letter] for letter in roman)
            """,
        reference=lambda s: {numeral: n for n, numeral in _ROMAN.items()}[s],
        plan=(
            "Look up the value of each letter. | Subtract it if a larger one follows, otherwise add it. | "
            "Return the total."
        ),
        steps=lambda s: [[dict(I=1, V=5, X=10, L=50, C=100, D=500, M=1000)[c] for c in s]],  # noqa: C408
        properties=("result >= 1",),
        thought="A smaller letter before a larger one is subtracted.",
    ),
    Classic(
        key="to_binary",
        tier=2,
        names="to_binary int_to_binary decimal_to_binary binary_string bin_string",
        given=(whole("n", 0, 40, 0, 1, 2, 8),),
        returns="str",
        says="""
            the binary representation of {n} as a string, without a prefix
            {n} in binary, e.g. 5 gives '101'
            Convert a non-negative integer to a binary string.
            the string of the binary digits of {n} ('0' for 0, no '0b')
            Write {n} in base 2.
            Decimal to binary: the string of zeros and ones for {n}
            {n} as a base-2 string with no leading zeros
            Return the number {n} written in binary digits.
            """,
        bodies="""
            return bin(n)[2:]
            ---
            if n == 0:
                return "0"
            digits = ""
            while n > 0:
                digits = str(n % 2) + digits
                n //= 2
            return digits
            ---
            return f"{n:b}"
            """,
        wrong="""
            return bin(n)
            ---
            digits = ""
            while n > 0:
                digits = str(n % 2) + digits
                n //= 2
            return digits
            ---
            if n == 0:
                return "0"
            digits = ""
            while n > 0:
                digits += str(n % 2)
                n //= 2
            return digits
            """,
        reference=lambda n: "".join("01"[n >> i & 1] for i in range(max(n.bit_length(), 1) - 1, -1, -1)),
        plan="Divide {n} by 2 again and again. | Put each remainder before the digits so far. | 0 gives '0'.",
        properties=("int(result, 2) == n", "set(result) <= {'0', '1'}"),
        thought="0 must give '0', not an empty string.",
    ),
    Classic(
        key="from_binary",
        tier=2,
        names="from_binary binary_to_int binary_to_decimal parse_binary bin_to_int",
        given=(word("bits s binary text", "0", "1", "101", "0011", letters="01", least=1, most=6),),
        returns="int",
        says="""
            the integer that the binary string {bits} stands for
            {bits}, a string of zeros and ones, as a number
            Convert a binary string to an integer: '101' gives 5.
            the value of the binary number {bits}
            Parse {bits} in base 2.
            Binary to decimal: the int with the binary digits {bits}
            Read the string {bits} as a binary number and return its value.
            Return the decimal value of {bits}, a non-empty string of binary digits.
            """,
        bodies="""
            return int(bits, 2)
            ---
            value = 0
            for bit in bits:
                value = value * 2 + int(bit)
            return value
            """,
        wrong="""
            return int(bits)
            ---
            value = 0
            for bit in bits:
                value = value + 2 * int(bit)
            return value
            ---
            return int(bits[::-1], 2)
            """,
        reference=lambda s: sum(2**i for i, bit in enumerate(reversed(s)) if bit == "1"),
        plan="Begin with 0. | For each digit, double the value and add the digit. | Return it.",
        properties=("0 <= result < 2 ** len(bits)",),
    ),
    Classic(
        key="count_one_bits",
        tier=2,
        names="count_bits popcount count_ones hamming_weight number_of_ones",
        given=(whole("n", 0, 70, 0, 1, 7, 8),),
        returns="int",
        says="""
            the number of ones in the binary representation of {n}
            how many bits of the non-negative integer {n} are 1
            Count the 1 bits of {n}.
            the population count of {n}
            how many ones {n} has when written in binary
            Count the set bits of a non-negative integer.
            the Hamming weight of {n}: its number of 1 bits
            Return how often the digit 1 occurs in {n} in base 2.
            """,
        bodies="""
            return bin(n).count("1")
            ---
            count = 0
            while n > 0:
                count += n % 2
                n //= 2
            return count
            """,
        wrong="""
            return len(bin(n)) - 2
            ---
            return bin(n).count("0")
            ---
            return str(n).count("1")
            """,
        reference=lambda n: sum(n >> i & 1 for i in range(20)),
        plan="Write {n} in binary. | Count the ones.",
        steps=lambda n: [f"{n:b}"],
        properties=("0 <= result <= n",),
    ),
    Classic(
        key="to_hex",
        tier=2,
        names="to_hex int_to_hex hex_string decimal_to_hex hexadecimal",
        given=(whole("n", 0, 300, 0, 9, 10, 15, 16, 255),),
        returns="str",
        says="""
            the hexadecimal representation of {n} as a lower-case string without prefix
            {n} in hexadecimal (lower case, no '0x'), e.g. 255 gives 'ff'
            Convert a non-negative integer to a hex string in lower case without '0x'.
            Write {n} in base 16 with the digits 0-9 and a-f.
            the string of the hexadecimal digits of {n}, small letters, no prefix
            Decimal to hex: the lower-case base-16 digits of {n}
            {n} as a base-16 string, digits above 9 being a to f
            Return the number {n} written in lower-case hexadecimal digits.
            """,
        bodies="""
            return hex(n)[2:]
            ---
            return f"{n:x}"
            ---
            digits = "0123456789abcdef"[n % 16]
            while n >= 16:
                n //= 16
                digits = "0123456789abcdef"[n % 16] + digits
            return digits
            """,
        wrong="""
            return hex(n)
            ---
            return f"{n:X}"
            """,
        reference=lambda n: "%x" % n,  # noqa: UP031
        plan="Divide {n} by 16 again and again. | Write each remainder as a digit from 0 to f.",
        properties=("int(result, 16) == n",),
    ),
    Classic(
        key="to_base",
        tier=3,
        names="to_base convert_base base_string number_in_base int_to_base",
        given=(whole("n", 0, 100, 0, 1), whole("base b radix k", 2, 9)),
        returns="str",
        says="""
            {n} written in base {base}, as a string; {base} is between 2 and 9
            the digits of {n} in the number system with base {base}, as a string ('0' for 0)
            Convert the non-negative integer {n} to base {base} (2 to 9).
            the representation of {n} in base {base}, a string of digits
            Write {n} to the base {base}; {base} is at most 9.
            Return {n} as a string in base {base}, where 2 <= {base} <= 9.
            the string of remainders of repeatedly dividing {n} by {base}, last one first ('0' if {n} is 0)
            Change the base of {n} from 10 to {base} and return the digits as text.
            """,
        bodies="""
            if n == 0:
                return "0"
            digits = ""
            while n > 0:
                digits = str(n % base) + digits
                n //= base
            return digits
            ---
            if n < base:
                return str(n)
            return to_base(n // base, base) + str(n % base)
            """,
        wrong="""
            digits = ""
            while n > 0:
                digits = str(n % base) + digits
                n //= base
            return digits
            ---
            if n == 0:
                return "0"
            digits = ""
            while n > 0:
                digits += str(n % base)
                n //= base
            return digits
            """,
        reference=lambda n, b: "".join(str(n // b**i % b) for i in reversed(range(8))).lstrip("0") or "0",
        plan="0 gives '0'. | Divide {n} by {base} again and again. | Put each remainder before the digits so far.",
        properties=("int(result, base) == n",),
    ),
    Classic(
        key="number_to_words",
        tier=3,
        names="number_to_words spell_number in_words number_name spell_out",
        given=(whole("n", 0, 99, 0, 10, 13, 20, 21, 90, 99),),
        returns="str",
        says="""
            {n} in English words, for 0 to 99; tens and ones are joined by a hyphen
            the English name of the number {n} from 0 to 99, like 'forty-two'
            Spell out {n} (0 to 99) in lower-case English with hyphens, e.g. 21 gives 'twenty-one'.
            Convert a number below 100 to words: 'seven', 'thirteen', 'thirty', 'thirty-five'.
            the number {n}, 0 <= {n} < 100, written as English words (hyphenated)
            Number to words for 0..99, with a hyphen as in 'ninety-nine'.
            Return how {n} is said in English, for numbers from 0 to 99, with a hyphen between tens and ones.
            {n} as a word or two hyphenated words in English (between zero and ninety-nine)
            """,
        bodies="""
            small = ("zero one two three four five six seven eight nine ten eleven twelve thirteen "
                     "fourteen fifteen sixteen seventeen eighteen nineteen").split()
            tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
            if n < 20:
                return small[n]
            if n % 10 == 0:
                return tens[n // 10 - 2]
            return tens[n // 10 - 2] + "-" + small[n % 10]
            """,
        wrong="""
            small = ("zero one two three four five six seven eight nine ten eleven twelve thirteen "
                     "fourteen fifteen sixteen seventeen eighteen nineteen").split()
            tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
            if n < 20:
                return small[n]
            return tens[n // 10 - 2] + "-" + small[n % 10]
            """,
        reference=_in_words,
        plan=(
            "Below 20, look up the word. | Otherwise take the word for the tens. | "
            "Append a hyphen and the ones unless they are 0."
        ),
        properties=("n % 10 == 0 or n < 20 or '-' in result",),
        thought="20 is 'twenty', without 'zero'.",
    ),
    Classic(
        key="digit_name",
        tier=1,
        names="digit_name digit_to_word spell_digit name_of_digit",
        given=(whole("digit d n number", 0, 9, 0, 9),),
        returns="str",
        says="""
            the English word for the digit {digit}
            the name of {digit}, a number from 0 to 9: 'zero', 'one', ..., 'nine'
            Spell a single digit in English, lower case.
            {digit} as an English word, for 0 to 9
            Convert the digit {digit} to its English name.
            Return 'zero' for 0, 'one' for 1 and so on up to 'nine' for 9.
            how the digit {digit} is called in English
            Map a digit from 0 to 9 to a word.
            """,
        bodies="""
            names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
            return names[digit]
            ---
            return "zero one two three four five six seven eight nine".split()[digit]
            """,
        wrong="""
            names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
            return names[digit]
            ---
            return str(digit)
            """,
        reference=lambda d: _WORDS_TO_NINETEEN[d],
        plan="List the names from zero to nine. | Return the one at {digit}.",
    ),
    Classic(
        key="ordinal",
        tier=3,
        names="ordinal to_ordinal ordinal_suffix with_suffix nth",
        given=(whole("n", 1, 130, 1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111),),
        returns="str",
        says="""
            {n} as an English ordinal: '1st', '2nd', '3rd', '4th', ..., '11th', '21st'
            {n} with its ordinal suffix (st, nd, rd or th); 11, 12 and 13 take th
            Turn {n} into an ordinal like '1st' or '22nd'; numbers that end in 11, 12 or 13 get 'th'.
            the ordinal form of the positive integer {n}, such as '3rd' or '12th'
            Append 'st', 'nd', 'rd' or 'th' to {n} as English requires, e.g. '2nd', '11th', '103rd'.
            Return the ordinal number string for {n}: '1st', '2nd', '3rd', '4th' and so on, '111th' included.
            English ordinal of {n}: digits followed by the right suffix ('13th' but '23rd')
            {n} as text with st, nd, rd, th as in 1st, 2nd, 3rd, 4th, 11th, 112th
            """,
        bodies="""
            if n % 100 in (11, 12, 13):
                return str(n) + "th"
            suffix = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
            return str(n) + suffix
            ---
            if 11 <= n % 100 <= 13:
                return f"{n}th"
            if n % 10 == 1:
                return f"{n}st"
            if n % 10 == 2:
                return f"{n}nd"
            if n % 10 == 3:
                return f"{n}rd"
            return f"{n}th"
            """,
        wrong="""
            suffix = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
            return str(n) + suffix
            ---
            if n in (11, 12, 13):
                return str(n) + "th"
            suffix = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
            return str(n) + suffix
            """,
        reference=lambda n: f"{n}" + ("th" if f"{n:02}"[-2] == "1" else ["th", "st", "nd", "rd", *["th"] * 6][n % 10]),
        plan=(
            "Numbers ending in 11, 12 or 13 get 'th'. | Otherwise the last digit 1, 2 or 3 decides. | "
            "All others get 'th'."
        ),
        steps=lambda n: [n % 100, n % 10],
        properties=("result.startswith(str(n))", "result[-2:] in ('st', 'nd', 'rd', 'th')"),
        thought="11th, 12th and 13th are exceptions, in every hundred.",
    ),
    Classic(
        key="column_letter",
        tier=3,
        names="column_letter excel_column number_to_column column_name spreadsheet_column",
        given=(whole("n", 1, 80, 1, 26, 27, 28, 52, 53),),
        returns="str",
        says="""
            the spreadsheet column name of column number {n}: 1 is 'A', 26 is 'Z', 27 is 'AA'
            the letters of spreadsheet column {n}, counted from 1
            Convert a column number to its Excel letters (1 gives 'A', 28 gives 'AB').
            the Excel column title for the positive integer {n}
            Number to column name as in a spreadsheet: A, B, ..., Z, AA, AB, ... for 1, 2, ...
            Return the name of the {n}-th column in a spreadsheet ('Z' for 26, then 'AA').
            {n} as spreadsheet column letters, where 1 stands for 'A'
            which letters the {n}-th column of an Excel sheet has
            """,
        bodies="""
            result = ""
            while n > 0:
                n, rest = divmod(n - 1, 26)
                result = chr(ord("A") + rest) + result
            return result
            """,
        wrong="""
            result = ""
            while n > 0:
                n, rest = divmod(n, 26)
                result = chr(ord("A") + rest) + result
            return result
            ---
            return chr(ord("A") + (n - 1) % 26)
            """,
        reference=lambda n: _spreadsheet_columns(n)[-1],
        plan=(
            "Subtract 1 and divide by 26. | The remainder gives the last letter. | "
            "Go on with the quotient until it is 0."
        ),
        properties=("result.isupper()",),
        thought="There is no letter for 0, so 1 is subtracted each time.",
    ),
    Classic(
        key="seconds_to_clock",
        tier=2,
        names="seconds_to_hms format_seconds to_hhmmss format_duration seconds_to_time",
        given=(whole("seconds s total_seconds n", 0, 20000, 0, 59, 60, 3599, 3600, 3661),),
        returns="str",
        says="""
            {seconds} as 'HH:MM:SS' with two digits each
            {seconds} formatted as hours, minutes and seconds, like '01:02:03'
            Format a number of seconds as HH:MM:SS.
            the duration of {seconds} seconds as a string of the form hh:mm:ss
            Convert {seconds} to a clock string with hours, minutes and seconds, each padded to two digits.
            Seconds to 'HH:MM:SS': 3661 gives '01:01:01'
            Turn {seconds} into hours, minutes and seconds, two digits each, separated by colons.
            Return the time span {seconds} (in seconds) as text in the form 00:00:00.
            """,
        bodies="""
            hours = seconds // 3600
            minutes = seconds % 3600 // 60
            rest = seconds % 60
            return f"{hours:02d}:{minutes:02d}:{rest:02d}"
            """,
        wrong="""
            hours = seconds // 3600
            minutes = seconds // 60
            rest = seconds % 60
            return f"{hours:02d}:{minutes:02d}:{rest:02d}"
            ---
            hours = seconds // 3600
            minutes = seconds % 3600 // 60
            rest = seconds % 60
            return f"{hours}:{minutes}:{rest}"
            """,
        reference=lambda s: (datetime.datetime(2000, 1, 1) + datetime.timedelta(seconds=s)).strftime("%H:%M:%S"),
        plan=(
            "Hours are {seconds} divided by 3600. | Minutes are the rest divided by 60. | Format all with two digits."
        ),
        steps=lambda s: [s // 3600, s % 3600 // 60, s % 60],
        properties=("len(result) == 8",),
    ),
    Classic(
        key="seconds_to_tuple",
        tier=2,
        names="split_seconds hours_minutes_seconds to_hms break_down_seconds",
        given=(whole("seconds s total_seconds n", 0, 20000, 0, 59, 60, 3600, 3661),),
        returns="tuple[int, int, int]",
        says="""
            {seconds} split into a tuple (hours, minutes, seconds)
            the hours, minutes and seconds that {seconds} seconds are, as a tuple
            Split a number of seconds into hours, minutes and seconds (tuple of three ints).
            (h, m, s) such that h hours, m minutes and s seconds are {seconds} seconds; m and s below 60
            Convert {seconds} to a tuple of full hours, full minutes of the rest, and remaining seconds.
            Return the duration {seconds} as a triple of hours, minutes and seconds.
            Break {seconds} down into hours, minutes (0-59) and seconds (0-59), as a tuple.
            how many hours, minutes and seconds make {seconds} seconds: a tuple of three numbers
            """,
        bodies="""
            return seconds // 3600, seconds % 3600 // 60, seconds % 60
            ---
            minutes, rest = divmod(seconds, 60)
            hours, minutes = divmod(minutes, 60)
            return hours, minutes, rest
            """,
        wrong="""
            return seconds // 3600, seconds // 60, seconds % 60
            ---
            return seconds // 60, seconds % 60, 0
            """,
        reference=lambda s: next(
            (h, m, s - 3600 * h - 60 * m) for h in range(9) for m in range(60) if s - 3600 * h - 60 * m < 60
        ),
        plan="Divide by 60 for the minutes; the rest are seconds. | Divide the minutes by 60 for the hours.",
        properties=("result[0] * 3600 + result[1] * 60 + result[2] == seconds", "result[1] < 60 and result[2] < 60"),
    ),
    Classic(
        key="minutes_to_clock",
        tier=2,
        names="minutes_to_hours format_minutes minutes_to_hhmm to_hours_and_minutes",
        given=(whole("minutes m total n", 0, 600, 0, 59, 60, 61, 125),),
        returns="str",
        says="""
            {minutes} as 'H:MM', hours without padding and minutes with two digits
            {minutes} minutes as hours and minutes, like '2:05'
            Format a number of minutes as H:MM.
            the duration of {minutes} minutes as a string 'hours:minutes', minutes padded to two digits
            Convert {minutes} to hours and minutes: 125 gives '2:05'.
            Minutes to 'H:MM', e.g. 61 gives '1:01' and 5 gives '0:05'
            Turn {minutes} into a string of hours, a colon and two-digit minutes.
            Return the time span {minutes} (in minutes) as text like '1:30'.
            """,
        bodies="""
            return f"{minutes // 60}:{minutes % 60:02d}"
            ---
            hours = minutes // 60
            rest = minutes % 60
            return str(hours) + ":" + str(rest).zfill(2)
            """,
        wrong="""
            return f"{minutes // 60}:{minutes % 60}"
            ---
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
            """,
        reference=lambda m: str(datetime.timedelta(minutes=m))[:-3],
        plan="Divide {minutes} by 60 for the hours. | Format the rest with two digits.",
        steps=lambda m: [m // 60, m % 60],
        properties=("':' in result",),
    ),
    Classic(
        key="clock_to_minutes",
        tier=2,
        names="time_to_minutes clock_to_minutes minutes_since_midnight parse_time",
        given=(one_of("time clock t s", "str", "00:00", "00:59", "01:00", "09:05", "12:30", "23:59", "17:45", "8:15"),),
        returns="int",
        says="""
            the minutes since midnight at {time}, given as 'HH:MM'
            how many minutes after midnight the clock time {time} ('HH:MM') is
            Convert a time such as '09:30' to minutes since midnight.
            the number of minutes from 00:00 to {time}
            Parse {time} in the form hours:minutes and return the minutes in total.
            Hours times 60 plus minutes of {time}, a string like '14:05'
            Turn the string {time} (HH:MM) into a number of minutes.
            Return {time} as minutes of the day, e.g. '01:10' gives 70.
            """,
        bodies="""
            hours, minutes = time.split(":")
            return int(hours) * 60 + int(minutes)
            ---
            parts = [int(part) for part in time.split(":")]
            return parts[0] * 60 + parts[1]
            """,
        wrong="""
            hours, minutes = time.split(":")
            return int(hours) + int(minutes)
            ---
            return int(time.replace(":", ""))
            """,
        reference=lambda s: (t := datetime.datetime.strptime(s, "%H:%M")).hour * 60 + t.minute,
        plan="Split {time} at the colon. | Multiply the hours by 60. | Add the minutes.",
        steps=lambda s: [[int(part) for part in s.split(":")]],
        properties=("0 <= result < 1440",),
    ),
    Classic(
        key="to_12_hour",
        tier=3,
        names="to_12_hour twelve_hour_clock convert_to_am_pm am_pm hour_to_12",
        given=(whole("hour h n hours", 0, 23, 0, 11, 12, 13, 23),),
        returns="str",
        says="""
            the hour {hour} (0 to 23) on a 12-hour clock with 'am' or 'pm', like '3 pm'; 0 is '12 am', 12 is '12 pm'
            Convert the hour {hour} of a 24-hour day to 12-hour format: '12 am', '1 am', ..., '12 pm', '1 pm', ...
            {hour} in am/pm notation, e.g. 15 gives '3 pm', 0 gives '12 am' and 12 gives '12 pm'
            Format an hour from 0 to 23 as '<1-12> am' or '<1-12> pm'; midnight is 12 am and noon 12 pm.
            Return {hour} as a 12-hour time with a space and am or pm (0 -> '12 am', 12 -> '12 pm', 23 -> '11 pm').
            the 12-hour form of the 24-hour value {hour}: 1 to 12 followed by ' am' before noon or ' pm' from noon on
            Turn a 24-hour clock hour into text such as '9 am' or '10 pm', using 12 for midnight and noon.
            24-hour to 12-hour: hours below 12 are am, others pm, and 0 and 12 both show as 12 ('12 am', '12 pm')
            """,
        bodies="""
            suffix = "am" if hour < 12 else "pm"
            return f"{hour % 12 or 12} {suffix}"
            ---
            if hour == 0:
                return "12 am"
            if hour < 12:
                return f"{hour} am"
            if hour == 12:
                return "12 pm"
            return f"{hour - 12} pm"
            """,
        wrong="""
            suffix = "am" if hour < 12 else "pm"
            return f"{hour % 12} {suffix}"
            ---
            suffix = "am" if hour <= 12 else "pm"
            return f"{hour % 12 or 12} {suffix}"
            """,
        reference=lambda h: datetime.time(h).strftime("%I %p").lower().removeprefix("0"),
        plan=(
            "Before 12 it is am, otherwise pm. | Take the hour modulo 12, with 12 instead of 0. | "
            "Join both with a space."
        ),
        properties=("result.endswith(' am') == (hour < 12)",),
        thought="0 and 12 are both shown as 12.",
    ),
    Classic(
        key="km_to_miles",
        tier=1,
        names="km_to_miles kilometers_to_miles to_miles convert_km",
        given=(whole("km kilometers distance k", 0, 100, 0, 1, 10),),
        returns="float",
        says="""
            {km} kilometers in miles, rounded to two decimals; one mile is 1.609344 km
            Convert {km} km to miles (1 mile = 1.609344 km) and round to 2 decimal places.
            the distance {km} in miles: {km} / 1.609344, rounded to two digits
            Kilometers to miles, where a mile has 1.609344 kilometers; round to two decimals.
            how many miles {km} kilometers are (divide by 1.609344, round to 2 places)
            {km} divided by 1.609344 and rounded to two decimal places
            Given a distance in km, return it in miles rounded to hundredths; a mile is 1.609344 km.
            Return {km} converted from kilometers to miles with two decimals (1.609344 km per mile).
            """,
        bodies="""
            return round(km / 1.609344, 2)
            """,
        wrong="""
            return round(km * 1.609344, 2)
            ---
            return km / 1.609344
            """,
        reference=lambda km: float(f"{km / 1.609344:.2f}"),
        plan="Divide {km} by 1.609344. | Round to two decimals.",
        properties=("0 <= result <= km",),
    ),
    Classic(
        key="format_money",
        tier=2,
        names="format_money format_price to_dollars cents_to_dollars format_cents",
        given=(whole("cents c amount n", 0, 20000, 0, 5, 50, 100, 105),),
        returns="str",
        says="""
            {cents} cents as dollars, like '$12.05'
            the amount of {cents} cents as a string with '$' and two decimals
            Format cents as a price in dollars: 1205 gives '$12.05'.
            {cents} written as dollars and cents with a dollar sign in front
            Convert an integer number of cents to a string such as '$0.99'.
            Return the price {cents} (in cents) in the form $dollars.cents with two digits after the point.
            a dollar string for {cents} cents, two digits after the dot
            '$' followed by {cents} / 100 with exactly two decimal places
            """,
        bodies="""
            return f"${cents // 100}.{cents % 100:02d}"
            ---
            return f"${cents / 100:.2f}"
            """,
        wrong="""
            return f"${cents // 100}.{cents % 100}"
            ---
            return f"${cents / 100}"
            """,
        reference=lambda c: "$" + (s := str(c).zfill(3))[:-2] + "." + s[-2:],
        plan="Divide {cents} by 100 for the dollars. | Format the rest with two digits. | Put '$' in front.",
        steps=lambda c: [c // 100, c % 100],
        properties=("result.startswith('$')", "result[-3] == '.'"),
        thought="5 cents are .05, not .5.",
    ),
    Classic(
        key="thousands_separator",
        tier=2,
        names="add_commas format_thousands thousands format_number with_commas",
        given=(whole("n", 0, 9999999, 0, 999, 1000, 12345, 1000000),),
        returns="str",
        says="""
            {n} as a string with commas between groups of three digits
            {n} with thousands separators, e.g. 1234567 gives '1,234,567'
            Format {n} with a comma after every three digits from the right.
            the number {n} written with commas as thousands separators
            Insert commas into {n}: 1000 becomes '1,000'.
            Return {n} as text grouped into thousands by commas.
            the decimal digits of {n} in groups of three from the right, separated by commas
            Turn a non-negative integer into a string with thousands commas.
            """,
        bodies="""
            return f"{n:,}"
            ---
            text = str(n)
            groups = []
            while len(text) > 3:
                groups.insert(0, text[-3:])
                text = text[:-3]
            return ",".join([text] + groups)
            """,
        wrong="""
            text = str(n)
            return ",".join(text[i:i + 3] for i in range(0, len(text), 3))
            ---
            return str(n)
            """,
        reference=lambda n: ",".join(str(n)[::-1][i : i + 3] for i in range(0, len(str(n)), 3))[::-1],
        plan="Write {n} as text. | Cut off groups of three from the right. | Join them with commas.",
        properties=("result.replace(',', '') == str(n)",),
        thought="The groups are counted from the right.",
    ),
    Classic(
        key="pad_number",
        tier=1,
        names="pad_number zero_pad pad_zeros leading_zeros zfill_number",
        given=(whole("n", 0, 2000, 0, 7), whole("width w digits length", 1, 5)),
        returns="str",
        says="""
            {n} as a string padded with zeros on the left to at least {width} characters
            {n} with leading zeros so that it has {width} digits; longer numbers stay as they are
            Pad a number with zeros: 7 and width 3 give '007'.
            the decimal string of {n}, filled with zeros from the left up to length {width}
            Write {n} with at least {width} digits, adding zeros in front.
            Zero-pad {n} to {width} places, never cutting digits off.
            Return {n} as text with leading zeros to the width {width}.
            {n} as a string of at least {width} digits, missing ones being zeros at the front
            """,
        bodies="""
            return str(n).zfill(width)
            ---
            text = str(n)
            while len(text) < width:
                text = "0" + text
            return text
            """,
        wrong="""
            return str(n).ljust(width, "0")
            ---
            return str(n).rjust(width)
            ---
            return str(n).zfill(width)[:width]
            """,
        reference=lambda n, w: "0" * (w - len(str(n))) + str(n),
        plan="Write {n} as text. | Put zeros before it until it has {width} characters.",
        properties=("int(result) == n", "len(result) >= width"),
    ),
    Classic(
        key="join_digits",
        tier=2,
        names="digits_to_number join_digits from_digits digits_to_int build_number",
        given=(numbers("digits", 0, 9, [0], [1, 0], [0, 5], least=1, most=5),),
        returns="int",
        says="""
            the integer made of the {digits} in order
            the number whose decimal digits are {digits}, first digit first
            Combine a list of digits into one integer: [4, 7, 2] gives 472.
            {digits} read as one decimal number
            Turn the non-empty list {digits} into the number it spells.
            the int that you get by writing {digits} one after the other
            Join {digits} to an integer (leading zeros do not matter).
            Return the number formed by the list of single digits {digits}.
            """,
        bodies="""
            number = 0
            for digit in digits:
                number = number * 10 + digit
            return number
            ---
            return int("".join(str(digit) for digit in digits))
            """,
        wrong="""
            return sum(digits)
            ---
            return "".join(str(digit) for digit in digits)
            ---
            return int("".join(str(digit) for digit in reversed(digits)))
            """,
        reference=lambda ds: sum(d * 10**i for i, d in enumerate(reversed(ds))),
        plan="Begin with 0. | For each digit, multiply by 10 and add the digit. | Return the number.",
        properties=("result < 10 ** len(digits)",),
    ),
    Classic(
        key="plus_one_digits",
        tier=3,
        names="plus_one increment_digits add_one_to_digits next_number",
        given=(numbers("digits", 0, 9, [9], [1, 9], [9, 9], [0], least=1, most=4),),
        returns="list[int]",
        says="""
            the digits of the number given by the list {digits} plus one
            {digits} as the digits of a number; add 1 and return the digits of the result as a list
            Add one to the number whose decimal digits are {digits} and return its digits.
            Plus one: [1, 9] becomes [2, 0] and [9, 9] becomes [1, 0, 0].
            the list of digits of (number made of {digits}) + 1
            Increment a number that is stored as a list of digits, most significant digit first.
            Return the digit list of the successor of the number {digits} stands for.
            Treat {digits} as one number without leading zeros, add 1, and split it into digits again.
            """,
        bodies="""
            number = int("".join(map(str, digits))) + 1
            return [int(digit) for digit in str(number)]
            ---
            result = list(digits)
            i = len(result) - 1
            while i >= 0 and result[i] == 9:
                result[i] = 0
                i -= 1
            if i < 0:
                return [1] + result
            result[i] += 1
            return result
            """,
        wrong="""
            return digits[:-1] + [digits[-1] + 1]
            ---
            return [digit + 1 for digit in digits]
            """,
        reference=lambda ds: list(map(int, str(sum(d * 10**i for i, d in enumerate(reversed(ds))) + 1))),
        draw=lambda rng: ([int(d) for d in str(rng.choice((rng.randint(0, 999), 9, 19, 99, 199, 0)))],),
        plan="Make a number of the digits. | Add 1. | Split it into digits.",
        steps=lambda ds: [int("".join(map(str, ds)))],
        properties=("len(digits) <= len(result) <= len(digits) + 1",),
        thought="A 9 carries over to the digit before it.",
    ),
    Classic(
        key="strings_to_ints",
        tier=1,
        names="to_ints parse_ints strings_to_ints convert_to_ints as_numbers",
        given=(
            one_of("texts strings items words", "list[str]", [], ["1"], ["10", "-2"], ["3", "0", "7"], ["007", "5"]),
        ),
        returns="list[int]",
        says="""
            the strings in {texts} converted to integers
            a list of the integers written in {texts}
            Convert each string of {texts} to an int.
            {texts} as numbers instead of strings
            Parse every item of {texts} as an integer.
            Turn a list of numeric strings into a list of ints.
            Return the int value of each of {texts}, in order.
            the numbers that the strings in {texts} stand for
            """,
        bodies="""
            return [int(item) for item in texts]
            ---
            return list(map(int, texts))
            """,
        wrong="""
            return [str(item) for item in texts]
            ---
            return sum(int(item) for item in texts)
            """,
        reference=lambda ts: [round(float(t)) for t in ts],
        plan="Go through {texts}. | Convert each to an integer.",
        properties=("len(result) == len(texts)",),
    ),
    Classic(
        key="parse_numbers",
        tier=2,
        names="parse_numbers split_numbers numbers_from_string parse_csv_ints",
        given=(one_of("text s line string", "str", "", "1,2,3", "7", "10,-4", "0, 5", "3,3,3", " 8 , 1"),),
        returns="list[int]",
        says="""
            the integers in the comma-separated string {text}; an empty string gives an empty list
            Split {text} at commas and convert each part to an int ([] for '').
            Parse a line like '1,2,3' into a list of integers; '' gives [].
            the list of numbers written in {text} with commas between them, [] if {text} is empty
            Turn the comma-separated numbers of {text} into a list of ints (empty string: empty list).
            Return the integers that {text} lists, separated by commas; none for the empty string.
            Read {text} as integers divided by commas, spaces around them allowed; '' means no numbers.
            the numbers of a comma-separated string as a list of ints, [] when the string is empty
            """,
        bodies="""
            if not text:
                return []
            return [int(part) for part in text.split(",")]
            ---
            return [int(part) for part in text.split(",") if part]
            """,
        wrong="""
            return [int(part) for part in text.split(",")]
            ---
            return text.split(",") if text else []
            """,
        reference=lambda s: [int(part) for part in s.replace(",", " ").split()],
        plan="An empty string gives []. | Split {text} at commas. | Convert each part to an integer.",
        properties=("text == '' or len(result) == text.count(',') + 1",),
        thought="Splitting an empty string gives one empty part, which is no number.",
    ),
    Classic(
        key="convert_currency",
        tier=1,
        names="convert_currency exchange to_currency currency_convert",
        given=(
            real("amount money value x", 0, 100, 0.0),
            one_of("rate factor r exchange_rate", "float", 0.5, 1.25, 2.0, 0.75),
        ),
        returns="float",
        says="""
            {amount} multiplied by the exchange rate {rate}, rounded to two decimals
            Convert {amount} to another currency at the rate {rate} and round to 2 decimal places.
            the value of {amount} at the exchange rate {rate}, to two decimals
            Multiply {amount} by {rate}; round the result to cents (two decimals).
            how much {amount} is worth at the rate {rate}, rounded to 2 digits after the point
            Currency conversion: {amount} times {rate}, rounded to hundredths.
            Exchange {amount} at {rate} and return the sum rounded to two decimal places.
            {amount} * {rate} rounded to two places
            """,
        bodies="""
            return round(amount * rate, 2)
            ---
            converted = amount * rate
            return round(converted, 2)
            """,
        wrong="""
            return round(amount / rate, 2)
            ---
            return round(amount + rate, 2)
            ---
            return round(amount * rate, 1)
            """,
        reference=lambda x, r: float(f"{x * r:.2f}"),
        plan="Multiply {amount} by {rate}. | Round to two decimals.",
        properties=("result >= 0",),
    ),
    Classic(
        key="bool_to_yes_no",
        tier=1,
        names="yes_no bool_to_text to_yes_no format_bool answer_text",
        given=(one_of("flag value b answer", "bool", True, False),),
        returns="str",
        says="""
            'yes' if {flag} is true, otherwise 'no'
            {flag} as the word 'yes' or 'no'
            Convert a bool to 'yes' or 'no'.
            Return 'yes' for True and 'no' for False.
            the text 'yes' or 'no' depending on {flag}
            Turn {flag} into a lower-case yes or no.
            'no' when {flag} is False, 'yes' when it is True
            Format the truth value {flag} as yes/no.
            """,
        bodies="""
            return "yes" if flag else "no"
            ---
            if flag:
                return "yes"
            return "no"
            """,
        wrong="""
            return "no" if flag else "yes"
            ---
            return str(flag)
            """,
        reference=lambda b: ["no", "yes"][b],
        plan="If {flag} is true, return 'yes'. | Otherwise return 'no'.",
        properties=("result in ('yes', 'no')",),
    ),
)
