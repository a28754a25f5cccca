"""One string in, something about it out."""

from __future__ import annotations

import re
import string
from collections import Counter
from itertools import groupby

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import one_of, text, whole, word

CLASSICS = (
    Classic(
        key="reverse_string",
        tier=1,
        names="reverse_string reverse reversed_string flip_string",
        given=(word("text", "", "a", mixed=True),),
        returns="str",
        says="""
            {text} reversed
            {text} backwards
            the string {text} in reverse order
            Reverse a string.
            Reverse the string {text}.
            the characters of {text} from last to first, as a string
            Return {text} written backwards.
            a new string with the characters of {text} in opposite order
            """,
        bodies="""
            return text[::-1]
            ---
            return "".join(reversed(text))
            ---
            result = ""
            for char in text:
                result = char + result
            return result
            """,
        wrong="""
            return text[-1:]
            ---
            return list(reversed(text))
            """,
        reference=lambda s: "".join(s[len(s) - 1 - i] for i in range(len(s))),
        plan="Take the characters of {text} from the last to the first. | Join them.",
        properties=("len(result) == len(text)", "result[::-1] == text"),
    ),
    Classic(
        key="is_palindrome",
        tier=2,
        names="is_palindrome palindrome check_palindrome ispalindrome",
        given=(word("text", "", "a", "level", "noon", "abca", "Anna", letters="ab", least=2, most=5),),
        returns="bool",
        says="""
            whether {text} is a palindrome
            whether {text} reads the same forwards and backwards
            True if {text} is the same when reversed
            Return True if the string {text} is a palindrome, else False.
            Is {text} a palindrome? Upper and lower case letters are different.
            whether {text} equals its own reverse
            True if reversing {text} does not change it, otherwise False
            Check if a string is a palindrome (exactly the same from both ends).
            """,
        bodies="""
            return text == text[::-1]
            ---
            for i in range(len(text) // 2):
                if text[i] != text[-1 - i]:
                    return False
            return True
            ---
            left = 0
            right = len(text) - 1
            while left < right:
                if text[left] != text[right]:
                    return False
                left += 1
                right -= 1
            return True
            """,
        wrong="""
            return text[:1] == text[-1:]
            ---
            return text.lower() == text.lower()[::-1]
            ---
            return bool(text) and text == text[::-1]
            """,
        reference=lambda s: all(a == b for a, b in zip(s, reversed(s), strict=True)),
        plan="Reverse {text}. | Return whether it is equal to {text}.",
        steps=lambda s: [s[::-1]],
        properties=("result == (text == text[::-1])",),
    ),
    Classic(
        key="is_palindrome_ignoring_case",
        tier=2,
        names="is_palindrome_ignore_case palindrome_any_case is_palindrome",
        given=(word("text", "", "Anna", "Level", "noon", "abca", letters="aAb", least=2, most=5),),
        returns="bool",
        says="""
            whether {text} is a palindrome, ignoring case
            whether {text} reads the same backwards when upper and lower case are not told apart
            True if {text} in lower case equals its reverse
            Return True if {text} is a palindrome; case does not matter.
            Is {text} a palindrome? Ignore upper and lower case.
            Case-insensitive palindrome check for {text}.
            whether {text} is the same forwards and backwards, treating 'A' and 'a' as equal
            Check if a string is a palindrome regardless of upper or lower case letters.
            """,
        bodies="""
            text = text.lower()
            return text == text[::-1]
            ---
            lowered = text.lower()
            return lowered == "".join(reversed(lowered))
            """,
        wrong="""
            return text == text[::-1]
            ---
            return text.lower() == text[::-1]
            """,
        reference=lambda s: all(s[i].casefold() == s[~i].casefold() for i in range(len(s))),
        plan="Turn {text} to lower case. | Compare it with its reverse.",
        steps=lambda s: [s.lower(), s.lower()[::-1]],
    ),
    Classic(
        key="is_sentence_palindrome",
        tier=3,
        names="is_palindrome_sentence is_palindrome_phrase clean_palindrome is_palindrome",
        given=(
            one_of(
                "text s sentence phrase",
                "str",
                "",
                "Never odd or even",
                "A man, a plan",
                "Was it a car?",
                "Noon!",
                "No lemon, no melon",
                "abc",
                "A1 b2",
                "12 21",
                "Step on no pets.",
                "hello",
                "ab a",
                "Race car!",
                "a.",
            ),
        ),
        returns="bool",
        says="""
            whether {text} is a palindrome when only letters and digits count and case is ignored
            whether the letters and digits of {text}, in lower case, read the same backwards
            Return True if {text} is a palindrome, ignoring case, spaces and punctuation.
            Palindrome check that ignores everything but letters and digits, and ignores case.
            whether {text} is a palindrome if spaces, punctuation and capitals are ignored
            True if {text} stripped of non-alphanumeric characters and lowercased is a palindrome
            Check if the sentence {text} is a palindrome; skip spaces and punctuation marks, ignore case.
            whether the phrase {text} is the same backwards, considering alphanumeric characters only, case-insensitively
            """,
        bodies="""
            cleaned = [char.lower() for char in text if char.isalnum()]
            return cleaned == cleaned[::-1]
            ---
            cleaned = ""
            for char in text.lower():
                if char.isalnum():
                    cleaned += char
            return cleaned == cleaned[::-1]
            """,
        wrong="""
            cleaned = text.replace(" ", "").lower()
            return cleaned == cleaned[::-1]
            ---
            cleaned = [char for char in text if char.isalnum()]
            return cleaned == cleaned[::-1]
            """,
        reference=lambda s: (kept := re.sub(r"[^a-z0-9]", "", s.lower())) == kept[::-1],
        plan="Keep the letters and digits of {text}. | Turn them to lower case. | Compare with the reverse.",
        steps=lambda s: [re.sub(r"[^a-z0-9]", "", s.lower())],
    ),
    Classic(
        key="count_vowels",
        tier=2,
        names="count_vowels vowel_count num_vowels vowels number_of_vowels",
        given=(text("text", "", "xyz", "AEIOU", most=2, marks=True),),
        returns="int",
        says="""
            the number of vowels in {text}, upper or lower case
            how many vowels (a, e, i, o, u in any case) {text} contains
            Count the vowels in a string. Both cases count.
            Count the letters a, e, i, o and u in {text}, ignoring case.
            the count of vowels in {text}; capital vowels count too
            how many of the characters of {text} are vowels (aeiouAEIOU)
            Return how often a vowel occurs in {text}, no matter if upper or lower case.
            Given a string {text}, count its vowels case-insensitively.
            """,
        bodies="""
            return sum(1 for char in text if char.lower() in "aeiou")
            ---
            count = 0
            for char in text.lower():
                if char in "aeiou":
                    count += 1
            return count
            ---
            return sum(text.lower().count(vowel) for vowel in "aeiou")
            """,
        wrong="""
            return sum(1 for char in text if char in "aeiou")
            ---
            return sum(1 for char in text.lower() if char not in "aeiou")
            ---
            return sum(1 for char in text.lower() if char in "aeiouy")
            """,
        reference=lambda s: len(re.findall("[aeiou]", s, re.IGNORECASE)),
        plan='Go through the characters of {text} in lower case. | Count those in "aeiou".',
        steps=lambda s: [[c for c in s if c in "aeiouAEIOU"]],
        properties=("0 <= result <= len(text)",),
        thought="Capital vowels count too.",
    ),
    Classic(
        key="count_consonants",
        tier=2,
        names="count_consonants consonant_count num_consonants consonants",
        given=(text("text", "", "aei", "XYZ", most=2, marks=True),),
        returns="int",
        says="""
            the number of consonants in {text}, upper or lower case
            how many letters of {text} are not vowels, ignoring case
            Count the consonants in a string. Only letters count.
            Count the letters in {text} other than a, e, i, o, u in either case.
            the count of consonants in {text}; spaces, digits and punctuation do not count
            how many of the characters of {text} are letters but not vowels (aeiouAEIOU)
            Return how often a consonant occurs in {text}, no matter if upper or lower case.
            Given a string {text}, count its consonants case-insensitively (y is one).
            """,
        bodies="""
            return sum(1 for char in text.lower() if char.isalpha() and char not in "aeiou")
            ---
            count = 0
            for char in text:
                if char.isalpha() and char not in "aeiouAEIOU":
                    count += 1
            return count
            """,
        wrong="""
            return sum(1 for char in text.lower() if char not in "aeiou")
            ---
            return sum(1 for char in text if char.isalpha() and char not in "aeiou")
            """,
        reference=lambda s: len(re.findall("[b-df-hj-np-tv-z]", s, re.IGNORECASE)),
        plan='Go through the characters of {text} in lower case. | Count the letters that are not in "aeiou".',
        steps=lambda s: [[c for c in s if c.isalpha() and c not in "aeiouAEIOU"]],
        properties=("0 <= result <= len(text)",),
        thought="Spaces, digits and punctuation are no consonants.",
    ),
    Classic(
        key="remove_vowels",
        tier=1,
        names="remove_vowels strip_vowels without_vowels delete_vowels disemvowel",
        given=(text("text", "", "AEIOU", most=2, marks=True),),
        returns="str",
        says="""
            {text} without its vowels, upper or lower case
            Remove all vowels (a, e, i, o, u in either case) from {text}.
            the string {text} with every vowel deleted, capitals included
            Return {text} with the vowels removed, ignoring case.
            {text} without the letters aeiou and AEIOU
            Delete every vowel in a string, whether upper or lower case.
            all characters of {text} that are not vowels (in any case), joined
            Drop the vowels of {text} and keep everything else; capital vowels go too.
            """,
        bodies="""
            return "".join(char for char in text if char not in "aeiouAEIOU")
            ---
            result = ""
            for char in text:
                if char.lower() not in "aeiou":
                    result += char
            return result
            """,
        wrong="""
            return "".join(char for char in text if char not in "aeiou")
            ---
            return "".join(char for char in text if char in "aeiouAEIOU")
            ---
            return "".join(char for char in text.lower() if char not in "aeiou")
            """,
        reference=lambda s: re.sub("[aeiouAEIOU]", "", s),
        plan="Go through the characters of {text}. | Keep those that are no vowels. | Join them.",
        properties=("len(result) <= len(text)", "not set(result) & set('aeiouAEIOU')"),
    ),
    Classic(
        key="count_char",
        tier=1,
        names="count_char count_letter char_count occurrences count_character",
        given=(
            word("text s word string", "", letters="abcA", most=7),
            one_of("char c letter ch", "str", "a", "b", "c"),
        ),
        returns="int",
        says="""
            how often {char} occurs in {text}
            the number of times {char} appears in {text}
            Count the occurrences of the character {char} in {text}.
            how many characters of {text} are equal to {char}
            the count of {char} in the string {text}
            Count a letter in a string: how many times is {char} in {text}? Case matters.
            Given a string {text} and a character {char}, return how many times {char} occurs in it.
            the number of occurrences of the letter {char} in {text}
            """,
        bodies="""
            return text.count(char)
            ---
            count = 0
            for c in text:
                if c == char:
                    count += 1
            return count
            """,
        wrong="""
            return text.lower().count(char.lower())
            ---
            return text.find(char)
            """,
        reference=lambda s, c: Counter(s)[c],
        plan="Go through {text}. | Count the characters equal to {char}.",
        properties=("0 <= result <= len(text)",),
    ),
    Classic(
        key="char_frequencies",
        tier=2,
        names="char_frequency count_chars letter_counts count_letters char_counts frequencies",
        given=(word("text", "", letters="abcx ", most=7),),
        returns="dict[str, int]",
        says="""
            a dictionary with how often each character occurs in {text}
            a dict from each character of {text} to its number of occurrences
            Count how often every character appears in {text}.
            the frequency of every character in {text} as a dict
            Character frequencies of a string, e.g. 'aab' gives {'a': 2, 'b': 1}.
            Map each character of {text} to its count.
            the number of occurrences of each character in the string {text}, as a dictionary
            Given a string, count each of its characters and return a dict.
            """,
        bodies="""
            counts = {}
            for char in text:
                counts[char] = counts.get(char, 0) + 1
            return counts
            ---
            return {char: text.count(char) for char in text}
            ---
            from collections import Counter
            return dict(Counter(text))
            """,
        wrong="""
            return {char: 1 for char in text}
            ---
            counts = {}
            for char in text:
                counts[char] = counts.get(char, 1) + 1
            return counts
            """,
        reference=lambda s: {c: len(s) - len(s.replace(c, "")) for c in s},
        plan="Start with an empty dict. | Add 1 to the count of every character of {text}. | Return the dict.",
        properties=("sum(result.values()) == len(text)", "set(result) == set(text)"),
    ),
    Classic(
        key="most_common_char",
        tier=3,
        names="most_common_char most_frequent_char max_char most_common_letter",
        given=(word("text", "a", "abba", letters="abc", least=1, most=7),),
        returns="str",
        says="""
            the most frequent character of {text}, the earliest in {text} if several are equally frequent
            the character that occurs most often in {text}; of several, the one that comes first in {text}
            Find the most common character in {text} (first occurrence wins a tie).
            Return the character with the highest count in {text}; ties go to the one that appears first.
            the most common letter of the non-empty string {text}, the first one when there is a tie
            which character {text} contains most often, the first such character in a tie
            Given a non-empty string {text}, return its most frequent character; on a tie, the one seen first.
            the mode of the characters of {text}, ties broken by first appearance
            """,
        bodies="""
            return max(text, key=text.count)
            ---
            best = text[0]
            for char in text:
                if text.count(char) > text.count(best):
                    best = char
            return best
            ---
            from collections import Counter
            return Counter(text).most_common(1)[0][0]
            """,
        wrong="""
            return max(text)
            ---
            return max(sorted(text), key=text.count)
            ---
            best = text[0]
            for char in text:
                if text.count(char) >= text.count(best):
                    best = char
            return best
            """,
        reference=lambda s: min(s, key=lambda c: (-s.count(c), s.index(c))),
        plan="Count how often each character of {text} occurs. | Return the first with the highest count.",
        steps=lambda s: [{c: s.count(c) for c in s}],
        properties=("result in text", "all(text.count(result) >= text.count(x) for x in text)"),
        thought="A later character of the same count must not replace the first.",
    ),
    Classic(
        key="first_unique_char",
        tier=3,
        names="first_unique_char first_non_repeating first_unique first_nonrepeating_char",
        given=(word("text", "", "aabb", letters="abcd", most=6),),
        returns="str | None",
        says="""
            the first character that occurs only once in {text}, or None
            the first non-repeating character of {text}, None if there is none
            Find the first unique character in {text}; None if every character repeats.
            Return the first character of {text} that is not repeated, or None if there is no such character.
            the earliest character which appears exactly once in {text}, otherwise None
            the first letter in {text} whose count is 1; None when there is none
            Given a string {text}, return its first character that occurs exactly one time (None if none does).
            the first character without a duplicate in {text}, else None
            """,
        bodies="""
            for char in text:
                if text.count(char) == 1:
                    return char
            return None
            ---
            return next((char for char in text if text.count(char) == 1), None)
            """,
        wrong="""
            for char in text:
                if text.count(char) > 1:
                    return char
            return None
            ---
            for char in text:
                if text.count(char) == 1:
                    return char
            return ""
            """,
        reference=lambda s: next((c for c in s if s.find(c) == s.rfind(c)), None),
        plan=(
            "Go through the characters of {text}. | Return the first whose count is 1. | If there is none, return None."
        ),
        steps=lambda s: [{c: s.count(c) for c in s}],
        properties=("result is None or text.count(result) == 1",),
    ),
    Classic(
        key="first_repeated_char",
        tier=3,
        names="first_repeated_char first_duplicate_char first_recurring first_repeat",
        given=(word("text", "", "abc", "abba", letters="abcd", most=6),),
        returns="str | None",
        says="""
            the first character of {text} that has occurred before, or None
            the first character seen a second time when reading {text} from the left, None if none is
            Find the first repeated character: the one whose second occurrence comes earliest in {text}; else None.
            Read {text} from left to right and return the first character that was already seen, or None.
            the character whose repetition appears first in {text}; None if all characters differ
            Return the first recurring character of {text} ('abba' gives 'b'), or None.
            the first character in {text} that equals an earlier one, None if there is no such character
            Going through {text}, which character is met for the second time first? None if all are unique.
            """,
        bodies="""
            seen = set()
            for char in text:
                if char in seen:
                    return char
                seen.add(char)
            return None
            ---
            for i, char in enumerate(text):
                if char in text[:i]:
                    return char
            return None
            """,
        wrong="""
            for char in text:
                if text.count(char) > 1:
                    return char
            return None
            ---
            for char in text:
                if text.count(char) == 1:
                    return char
            return None
            """,
        reference=lambda s: next((s[i] for i in range(len(s)) if len(set(s[: i + 1])) <= i), None),
        plan=(
            "Remember the characters seen. | Return the first that was seen before. | If there is none, return None."
        ),
        properties=("result is None or text.count(result) > 1",),
    ),
    Classic(
        key="has_unique_chars",
        tier=2,
        names="has_unique_chars all_unique is_unique unique_characters is_isogram",
        given=(word("text", "", "aa", letters="abcdef", most=5),),
        returns="bool",
        says="""
            whether all characters of {text} are different
            whether no character occurs twice in {text}
            True if {text} has only unique characters
            Return True if every character of {text} appears exactly once.
            Does {text} consist of distinct characters?
            True if {text} has no repeated characters, else False
            Check that no letter is used more than once in {text}.
            whether the string {text} is free of duplicate characters
            """,
        bodies="""
            return len(set(text)) == len(text)
            ---
            seen = set()
            for char in text:
                if char in seen:
                    return False
                seen.add(char)
            return True
            """,
        wrong="""
            return len(set(text)) != len(text)
            ---
            return all(a != b for a, b in zip(text, text[1:]))
            """,
        reference=lambda s: all(k == 1 for k in Counter(s).values()),
        plan="Make a set of the characters of {text}. | Return whether it is as large as {text} is long.",
        steps=lambda s: [len(set(s)), len(s)],
        properties=("result == (len(set(text)) == len(text))",),
    ),
    Classic(
        key="are_anagrams",
        tier=2,
        names="is_anagram are_anagrams anagram check_anagram anagrams",
        given=(word("a first s1 word1"), word("b second s2 word2")),
        returns="bool",
        says="""
            whether {a} and {b} are anagrams of each other
            whether {a} consists of the same letters as {b}, each as often
            True if {a} is an anagram of {b}
            Return True if {b} can be made by rearranging the letters of {a}.
            Are {a} and {b} anagrams?
            whether {a} and {b} contain exactly the same characters in any order
            True if sorting the letters of {a} and {b} gives the same result, else False
            Check if two words are anagrams (same letters, same counts).
            """,
        bodies="""
            return sorted(a) == sorted(b)
            ---
            if len(a) != len(b):
                return False
            return all(a.count(char) == b.count(char) for char in a)
            ---
            from collections import Counter
            return Counter(a) == Counter(b)
            """,
        wrong="""
            return set(a) == set(b)
            ---
            return len(a) == len(b)
            ---
            return a == b[::-1]
            """,
        reference=lambda a, b: Counter(a) == Counter(b),
        draw=lambda rng: rng.choice(
            (
                ("listen", "silent"),
                ("stop", "tops"),
                ("", ""),
                ("a", ""),
                ("aab", "abb"),
                ("eat", "ate"),
                ("noon", "moon"),
                ("abc", "cab"),
                ("hello", "world"),
                ("ab", "aab"),
                ("tea", "eat"),
                ("abc", "abd"),
            )
        ),
        plan="Sort the letters of {a} and of {b}. | Return whether they are equal.",
        steps=lambda a, b: ["".join(sorted(a)), "".join(sorted(b))],
        properties=("len(a) == len(b) or result is False",),
        thought="How often each letter occurs matters, not only which ones do.",
    ),
    Classic(
        key="sort_letters",
        tier=1,
        names="sort_letters sort_string sorted_letters alphabetize sort_characters",
        given=(word("text", ""),),
        returns="str",
        says="""
            the letters of {text} in alphabetical order, as a string
            {text} with its characters sorted
            Sort the characters of the string {text} and return them as a string.
            a string with the letters of {text} sorted from a to z
            Rearrange the letters of {text} alphabetically.
            the string made of the sorted characters of {text}
            Put the letters of {text} into alphabetical order.
            Given a lower-case word {text}, sort its letters ('cab' becomes 'abc').
            """,
        bodies="""
            return "".join(sorted(text))
            ---
            letters = list(text)
            letters.sort()
            return "".join(letters)
            """,
        wrong="""
            return sorted(text)
            ---
            return "".join(sorted(set(text)))
            """,
        reference=lambda s: "".join(c * s.count(c) for c in string.ascii_lowercase),
        plan="Sort the characters of {text}. | Join them.",
        properties=("len(result) == len(text)", "sorted(result) == sorted(text)"),
    ),
    Classic(
        key="remove_spaces",
        tier=1,
        names="remove_spaces strip_spaces without_spaces delete_spaces",
        given=(text("text", "", " ", " a b "),),
        returns="str",
        says="""
            {text} without spaces
            Remove all spaces from {text}.
            the string {text} with every space deleted
            Return {text} with the blanks removed.
            all characters of {text} except spaces, joined
            Delete the spaces in a string.
            {text} with its words written together, no spaces between
            Strip out every space character in {text}, also those inside.
            """,
        bodies="""
            return text.replace(" ", "")
            ---
            return "".join(char for char in text if char != " ")
            """,
        wrong="""
            return text.strip()
            ---
            return text.replace("  ", " ")
            """,
        reference=lambda s: "".join(s.split(" ")),
        plan="Replace every space of {text} by nothing.",
        properties=("' ' not in result", "len(result) == len(text) - text.count(' ')"),
    ),
    Classic(
        key="normalize_spaces",
        tier=2,
        names="normalize_spaces collapse_spaces squeeze_spaces clean_whitespace single_spaces",
        given=(
            one_of(
                "text s string line", "str", "", " ", "a  b", " hello   world ", "one two", "  x", "a   b  c ", "tea"
            ),
        ),
        returns="str",
        says="""
            {text} with runs of spaces reduced to one and none at the ends
            Collapse multiple spaces in {text} into one and strip the ends.
            the words of {text} separated by exactly one space
            Normalize the whitespace of {text}: single spaces between words, none before or after.
            {text} trimmed and with only single spaces between the words
            Replace every run of spaces in {text} by one space, and remove leading and trailing spaces.
            Clean up a string: no double spaces, no space at the start or the end.
            {text} without superfluous spaces (between words one, around none)
            """,
        bodies="""
            return " ".join(text.split())
            """,
        wrong="""
            return text.strip()
            ---
            return text.replace("  ", " ").strip()
            """,
        reference=lambda s: re.sub(" +", " ", s).strip(" "),
        plan="Split {text} into words. | Join them with single spaces.",
        steps=lambda s: [s.split()],
        properties=("'  ' not in result", "result == result.strip()"),
    ),
    Classic(
        key="remove_punctuation",
        tier=2,
        names="remove_punctuation strip_punctuation without_punctuation clean_text",
        given=(text("text", "", "!?", "a, b.", marks=True),),
        returns="str",
        says="""
            {text} without punctuation; letters, digits and spaces stay
            Remove everything from {text} that is not a letter, a digit or a space.
            the letters, digits and spaces of {text}, in order
            Strip all punctuation marks out of {text}, keep letters, digits and spaces.
            {text} with punctuation characters removed (only letters, digits, spaces are kept)
            Return {text} cleaned of commas, dots, exclamation and question marks and the like.
            Keep only alphanumeric characters and spaces of {text}.
            Delete the punctuation in a string.
            """,
        bodies="""
            return "".join(char for char in text if char.isalnum() or char == " ")
            ---
            result = ""
            for char in text:
                if char.isalnum() or char == " ":
                    result += char
            return result
            """,
        wrong="""
            return "".join(char for char in text if char.isalnum())
            ---
            return "".join(char for char in text if char.isalpha() or char == " ")
            """,
        reference=lambda s: s.translate(str.maketrans("", "", string.punctuation)),
        plan="Go through the characters of {text}. | Keep letters, digits and spaces. | Join them.",
        properties=("len(result) <= len(text)", "',' not in result"),
    ),
    Classic(
        key="only_letters",
        tier=1,
        names="only_letters keep_letters letters_only extract_letters filter_letters",
        given=(text("text", "", "123", marks=True),),
        returns="str",
        says="""
            only the letters of {text}
            the letters of {text} joined, everything else removed
            Keep the letters of {text} and drop all other characters.
            {text} with everything but letters removed
            Remove all characters from {text} that are not letters.
            the alphabetic characters of {text} as one string
            Strip digits, spaces and punctuation from {text}, leaving the letters.
            Return a string of just the letters in {text}, in order.
            """,
        bodies="""
            return "".join(char for char in text if char.isalpha())
            ---
            return "".join(filter(str.isalpha, text))
            """,
        wrong="""
            return "".join(char for char in text if char.isalnum())
            ---
            return [char for char in text if char.isalpha()]
            """,
        reference=lambda s: re.sub("[^A-Za-z]", "", s),
        plan="Keep the characters of {text} that are letters. | Join them.",
        properties=("result == '' or result.isalpha()",),
    ),
    Classic(
        key="only_digits",
        tier=1,
        names="only_digits keep_digits digits_only extract_digits filter_digits",
        given=(text("text", "", "abc", "a1b22", marks=True),),
        returns="str",
        says="""
            only the digits of {text}, as a string
            the digits in {text} joined, everything else removed
            Keep the digits of {text} and drop all other characters.
            {text} with everything but digits removed
            Remove all characters from the string {text} that are not digits.
            the digit characters of {text} as one string
            Extract the digits from a string, e.g. 'a1b22' gives '122'.
            Return a string of just the digits in {text}, in order.
            """,
        bodies="""
            return "".join(char for char in text if char.isdigit())
            ---
            result = ""
            for char in text:
                if char.isdigit():
                    result += char
            return result
            """,
        wrong="""
            return "".join(char for char in text if char.isalpha())
            ---
            return [int(char) for char in text if char.isdigit()]
            """,
        reference=lambda s: re.sub("[^0-9]", "", s),
        plan="Keep the characters of {text} that are digits. | Join them.",
        properties=("result == '' or result.isdigit()",),
    ),
    Classic(
        key="sum_digits_in_text",
        tier=2,
        names="sum_digits_in_string sum_of_digits_in_text add_digits digit_sum_text",
        given=(text("text", "", "abc", "a1b22", "905", marks=True),),
        returns="int",
        says="""
            the sum of all digits in the string {text}
            the total of the digits that occur in {text}, 0 if there are none
            Add up the digits in {text} and ignore all other characters.
            Sum every digit character found in {text}.
            the sum of the digits contained in the text {text}
            Find the digits in {text} and return their sum.
            Ignore everything but digits in {text} and add those digits together.
            the sum of the single digits in a string, e.g. 'a1b23' gives 6
            """,
        bodies="""
            return sum(int(char) for char in text if char.isdigit())
            ---
            total = 0
            for char in text:
                if char.isdigit():
                    total += int(char)
            return total
            """,
        wrong="""
            return sum(1 for char in text if char.isdigit())
            ---
            return int("".join(char for char in text if char.isdigit()) or 0)
            """,
        reference=lambda s: sum(d * s.count(str(d)) for d in range(10)),
        plan="Find the digits in {text}. | Add them up.",
        steps=lambda s: [[int(c) for c in s if c.isdigit()]],
        properties=("result >= 0",),
    ),
    Classic(
        key="count_digits_in_text",
        tier=1,
        names="count_digits_in_string digit_characters count_digit_chars how_many_digits",
        given=(text("text", "", "2024", marks=True),),
        returns="int",
        says="""
            the number of digits in the string {text}
            how many characters of {text} are digits
            Count the digits that occur in the text {text}.
            how many digit characters {text} contains
            the count of digits 0-9 in {text}
            Count every digit character in a string.
            Return how many of the characters in {text} are digits.
            Given a string {text}, count the digits in it.
            """,
        bodies="""
            return sum(1 for char in text if char.isdigit())
            ---
            count = 0
            for char in text:
                if char.isdigit():
                    count += 1
            return count
            """,
        wrong="""
            return sum(int(char) for char in text if char.isdigit())
            ---
            return sum(1 for char in text if char.isalpha())
            """,
        reference=lambda s: len(re.findall("[0-9]", s)),
        plan="Go through {text}. | Count the characters that are digits.",
        steps=lambda s: [[c for c in s if c.isdigit()]],
        properties=("0 <= result <= len(text)",),
    ),
    Classic(
        key="count_uppercase",
        tier=1,
        names="count_uppercase count_capitals uppercase_count num_upper",
        given=(text("text", "", "ABC", "abc", marks=True),),
        returns="int",
        says="""
            the number of upper-case letters in {text}
            how many capital letters {text} contains
            Count the uppercase letters in {text}.
            the count of capitals in {text}
            how many characters of {text} are upper case
            Count how many letters of {text} are capital letters.
            Return the number of capital letters in the string {text}.
            Given a string {text}, count the letters written in upper case.
            """,
        bodies="""
            return sum(1 for char in text if char.isupper())
            ---
            count = 0
            for char in text:
                if char.isupper():
                    count += 1
            return count
            """,
        wrong="""
            return sum(1 for char in text if char.islower())
            ---
            return sum(1 for char in text if char == char.upper())
            """,
        reference=lambda s: len(re.findall("[A-Z]", s)),
        plan="Go through {text}. | Count the characters in upper case.",
        steps=lambda s: [[c for c in s if c.isupper()]],
        properties=("0 <= result <= len(text)",),
    ),
    Classic(
        key="swap_case",
        tier=1,
        names="swap_case swapcase flip_case invert_case toggle_case",
        given=(text("text", "", "aBc", most=2, marks=True),),
        returns="str",
        says="""
            {text} with upper-case letters turned lower and lower-case letters turned upper
            Swap the case of every letter in {text}.
            the string {text} with upper and lower case exchanged
            Invert the case of each letter of {text}: 'aB' becomes 'Ab'.
            Toggle upper and lower case in {text}.
            {text} where capitals are small letters and small letters are capitals
            Change all lower-case letters of {text} to upper case and the other way round.
            Return {text} with the case of all its letters flipped.
            """,
        bodies="""
            return text.swapcase()
            ---
            return "".join(char.lower() if char.isupper() else char.upper() for char in text)
            """,
        wrong="""
            return text.upper()
            ---
            return "".join(char.upper() if char.isupper() else char.lower() for char in text)
            """,
        reference=lambda s: s.translate(
            str.maketrans(
                string.ascii_lowercase + string.ascii_uppercase, string.ascii_uppercase + string.ascii_lowercase
            )
        ),
        plan="Turn every upper-case letter of {text} to lower case and the others to upper case. | Join them.",
        properties=("len(result) == len(text)", "result.lower() == text.lower()"),
    ),
    Classic(
        key="capitalize_words",
        tier=2,
        names="capitalize_words title_case capitalize_each titlecase",
        given=(text("text", "", "a"),),
        returns="str",
        says="""
            {text} with the first letter of every word in upper case
            Capitalize every word of {text}; words are separated by single spaces.
            the sentence {text} with each word starting with a capital letter
            Make the first letter of each word in {text} a capital.
            {text} in title case
            Turn 'hello world' into 'Hello World', for any lower-case {text}.
            Upper-case the initial letter of all words in {text}.
            Return the words of {text} capitalized and joined by spaces.
            """,
        bodies="""
            return " ".join(word.capitalize() for word in text.split(" "))
            ---
            return text.title()
            """,
        wrong="""
            return text.capitalize()
            ---
            return text.upper()
            """,
        reference=lambda s: re.sub(r"\b[a-z]", lambda match: match[0].upper(), s),
        plan="Split {text} into words. | Capitalize each. | Join them with spaces.",
        steps=lambda s: [s.split()],
        properties=("result.lower() == text",),
    ),
    Classic(
        key="capitalize_first",
        tier=1,
        names="capitalize_first capitalize upper_first first_letter_upper ucfirst",
        given=(word("text", "", "a", "iPhone", "camelCase", mixed=True),),
        returns="str",
        says="""
            {text} with its first letter in upper case and the rest unchanged
            Make only the first character of {text} upper case; leave the others as they are.
            Capitalize the first letter of {text} without changing the rest; the empty string stays empty.
            {text} starting with a capital letter, the other letters stay the same
            Upper-case the first character of a string and keep the remainder.
            the string {text}, its first character turned to upper case ('iPad' gives 'IPad')
            Turn the first letter of {text} into a capital; do not touch any other letter.
            Return {text} with a capital first letter and everything else as before.
            """,
        bodies="""
            return text[:1].upper() + text[1:]
            ---
            if not text:
                return text
            return text[0].upper() + text[1:]
            """,
        wrong="""
            return text.capitalize()
            ---
            return text.upper()
            """,
        reference=lambda s: re.sub("^[a-z]", lambda match: match[0].upper(), s),
        plan="Turn the first character of {text} to upper case. | Append the rest unchanged.",
        properties=("len(result) == len(text)", "result[1:] == text[1:]"),
        thought="str.capitalize would make the rest lower case.",
    ),
    Classic(
        key="caesar_cipher",
        tier=3,
        names="caesar caesar_cipher shift_letters encrypt caesar_encrypt",
        given=(text("text s message string", "", "xyz", "z a", most=2), whole("shift key k n", 0, 25, 1, 3, 13)),
        returns="str",
        says="""
            {text} with every lower-case letter shifted by {shift} places in the alphabet, z followed by a
            Caesar cipher: shift each letter of {text} by {shift}; other characters stay, z wraps round to a.
            Encrypt the lower-case text {text} with a Caesar shift of {shift}; spaces are kept.
            Shift the letters a-z of {text} by {shift} positions, wrapping around after z; leave everything else.
            the Caesar encryption of {text} with key {shift}, only letters a to z change
            Move every letter in {text} forward by {shift} in the alphabet (cyclic); keep spaces.
            {text} in Caesar code: each letter replaced by the one {shift} later, starting over at a after z
            Rotate each lower-case letter of {text} by {shift}, non-letters are unchanged.
            """,
        bodies="""
            result = ""
            for char in text:
                if char.isalpha():
                    result += chr((ord(char) - ord("a") + shift) % 26 + ord("a"))
                else:
                    result += char
            return result
            ---
            letters = "abcdefghijklmnopqrstuvwxyz"
            moved = [letters[(letters.index(c) + shift) % 26] if c in letters else c for c in text]
            return "".join(moved)
            """,
        wrong="""
            return "".join(chr(ord(char) + shift) if char.isalpha() else char for char in text)
            ---
            result = ""
            for char in text:
                if char.isalpha():
                    result += chr((ord(char) - ord("a") - shift) % 26 + ord("a"))
                else:
                    result += char
            return result
            """,
        reference=lambda s, k: s.translate(
            str.maketrans(string.ascii_lowercase, string.ascii_lowercase[k:] + string.ascii_lowercase[:k])
        ),
        plan=(
            "Go through {text}. | Move each letter {shift} places on, from z round to a. | "
            "Keep other characters. | Join them."
        ),
        properties=("len(result) == len(text)", "shift != 0 or result == text"),
        thought="Letters near the end wrap round to a.",
    ),
    Classic(
        key="caesar_decipher",
        tier=3,
        names="caesar_decrypt decrypt decipher caesar_decode unshift",
        given=(text("text s message string", "", "abc", "a c", most=2), whole("shift key k n", 0, 25, 1, 3, 13)),
        returns="str",
        says="""
            {text} with every lower-case letter shifted back by {shift} places, a preceded by z
            Decrypt a Caesar cipher: move each letter of {text} back by {shift}; other characters stay.
            Undo a Caesar shift of {shift} on the lower-case text {text}; spaces are kept.
            Shift the letters a-z of {text} backwards by {shift} positions, from a round to z; leave everything else.
            the plain text of {text}, which was encrypted with Caesar key {shift}
            Move every letter in {text} {shift} places back in the alphabet (cyclic); keep spaces.
            Decode {text}: each letter becomes the one {shift} earlier, continuing at z before a
            the message that a Caesar cipher with key {shift} turned into {text}
            """,
        bodies="""
            result = ""
            for char in text:
                if char.isalpha():
                    result += chr((ord(char) - ord("a") - shift) % 26 + ord("a"))
                else:
                    result += char
            return result
            """,
        wrong="""
            return "".join(chr(ord(char) - shift) if char.isalpha() else char for char in text)
            ---
            result = ""
            for char in text:
                if char.isalpha():
                    result += chr((ord(char) - ord("a") + shift) % 26 + ord("a"))
                else:
                    result += char
            return result
            """,
        reference=lambda s, k: s.translate(
            str.maketrans(string.ascii_lowercase[k:] + string.ascii_lowercase[:k], string.ascii_lowercase)
        ),
        plan=(
            "Go through {text}. | Move each letter {shift} places back, from a round to z. | "
            "Keep other characters. | Join them."
        ),
        properties=("len(result) == len(text)", "shift != 0 or result == text"),
    ),
    Classic(
        key="rot13",
        tier=3,
        names="rot13 rot_13 rotate13 encode_rot13",
        given=(text("text", "", "nop", "Hello", most=2, marks=True),),
        returns="str",
        says="""
            {text} encoded with ROT13
            the ROT13 of {text}, upper and lower case kept
            Shift every letter of {text} by 13 places in the alphabet, keeping its case; leave other characters.
            Apply ROT13 to {text}.
            Rotate each letter of {text} by thirteen positions; capitals stay capitals, other characters stay.
            {text} with each letter replaced by the one 13 places after it, wrapping around
            Encode or decode {text} with rot13.
            Replace a by n, b by o and so on (13 places further, cyclic) in {text}, also for capitals.
            """,
        bodies="""
            import codecs
            return codecs.encode(text, "rot13")
            ---
            result = ""
            for char in text:
                if char.isalpha():
                    base = ord("A") if char.isupper() else ord("a")
                    result += chr((ord(char) - base + 13) % 26 + base)
                else:
                    result += char
            return result
            """,
        wrong="""
            return "".join(chr(ord(char) + 13) if char.isalpha() else char for char in text)
            ---
            result = ""
            for char in text.lower():
                if char.isalpha():
                    result += chr((ord(char) - ord("a") + 13) % 26 + ord("a"))
                else:
                    result += char
            return result
            """,
        reference=lambda s: "".join(
            c if not c.isalpha() else chr(ord(c) + (13 if c.lower() < "n" else -13)) for c in s
        ),
        plan=(
            "Go through {text}. | Move every letter 13 places on within its case. | Keep other characters. | Join them."
        ),
        properties=("len(result) == len(text)",),
    ),
    Classic(
        key="run_length_encode",
        tier=3,
        names="run_length_encode rle compress encode_runs run_length_encoding",
        given=(word("text", "", "a", "aaab", "abc", letters="aaab", least=1, most=7),),
        returns="str",
        says="""
            the run-length encoding of {text}: each run as its character followed by its length
            {text} compressed by run-length coding, e.g. 'aaab' becomes 'a3b1'
            Run-length encode {text}: 'aab' gives 'a2b1'.
            Replace every run of equal characters in {text} by the character and the run's length, also for length 1.
            Compress a string by counting repeated characters: 'aaabb' becomes 'a3b2' and 'a' becomes 'a1'.
            RLE of {text}, every run written as the character and then how often it is repeated
            Encode {text} as letter and count for each run of the same letter, counts of 1 included.
            each group of equal neighbouring characters of {text} written as character plus count, joined
            """,
        bodies="""
            result = ""
            i = 0
            while i < len(text):
                j = i
                while j < len(text) and text[j] == text[i]:
                    j += 1
                result += text[i] + str(j - i)
                i = j
            return result
            ---
            from itertools import groupby
            return "".join(char + str(len(list(run))) for char, run in groupby(text))
            """,
        wrong="""
            return "".join(char + str(text.count(char)) for char in sorted(set(text)))
            ---
            from itertools import groupby
            return "".join(str(len(list(run))) + char for char, run in groupby(text))
            """,
        reference=lambda s: re.sub(r"(.)\1*", lambda match: f"{match[1]}{len(match[0])}", s),
        plan=(
            "Go through the runs of equal characters in {text}. | "
            "Write each character and the length of its run. | Join all."
        ),
        steps=lambda s: [["".join(run) for _, run in groupby(s)]],
        properties=("len(result) % 2 == 0", "(result == '') == (text == '')"),
        thought="A character that comes back later starts a new run.",
    ),
    Classic(
        key="run_length_pairs",
        tier=3,
        names="run_lengths rle_pairs encode_runs run_length_encode group_runs",
        given=(word("text", "", "a", "aaab", letters="aaab", least=1, most=7),),
        returns="list[tuple[str, int]]",
        says="""
            the runs of equal characters in {text} as a list of (character, length) tuples
            Run-length encoding of {text} as a list of pairs, e.g. 'aab' gives [('a', 2), ('b', 1)]
            Run-length encode {text} into a list of (char, count) tuples.
            a list with one tuple (character, how often in a row) for each run in {text}
            Group equal neighbouring characters of {text} and return (character, group size) pairs.
            (char, count) for every run of identical characters in {text}, in order
            Encode a string as a list of tuples of a character and its number of consecutive repetitions.
            Split {text} into runs and list each run's character with its length as a tuple.
            """,
        bodies="""
            runs = []
            for char in text:
                if runs and runs[-1][0] == char:
                    runs[-1] = (char, runs[-1][1] + 1)
                else:
                    runs.append((char, 1))
            return runs
            ---
            from itertools import groupby
            return [(char, len(list(run))) for char, run in groupby(text)]
            """,
        wrong="""
            return [(char, text.count(char)) for char in sorted(set(text))]
            ---
            from itertools import groupby
            return [[char, len(list(run))] for char, run in groupby(text)]
            """,
        reference=lambda s: [(match[1], len(match[0])) for match in re.finditer(r"(.)\1*", s)],
        plan=(
            "Go through {text}. | If the character continues the last run, count it there. | Otherwise begin a new run."
        ),
        properties=("''.join(c * k for c, k in result) == text",),
    ),
    Classic(
        key="run_length_decode",
        tier=3,
        names="run_length_decode decompress rle_decode expand decode_runs",
        given=(one_of("text s code encoded", "str", "", "a1", "a3b1", "b2a2", "x5", "a1b1c1", "z4a2", "a2b3a1"),),
        returns="str",
        says="""
            the string whose run-length code is {text}, e.g. 'a3b1' gives 'aaab'
            Decode the run-length encoded {text}: letters each followed by a one-digit count.
            Expand {text}, where every letter is followed by a digit saying how often it is repeated.
            Undo run-length coding: 'a2b1' becomes 'aab'.
            each letter of {text} repeated as often as the digit after it says, joined
            Decompress {text}, a sequence of letter and one-digit count pairs.
            {text} decoded from run-length coding with single-digit counts
            Read {text} as pairs of a character and a digit, and repeat each character that many times.
            """,
        bodies="""
            result = ""
            for i in range(0, len(text), 2):
                result += text[i] * int(text[i + 1])
            return result
            ---
            return "".join(char * int(count) for char, count in zip(text[::2], text[1::2]))
            """,
        wrong="""
            return "".join(text[i] * int(text[i + 1]) for i in range(len(text) - 1) if text[i + 1].isdigit())[:-1]
            ---
            return text[::2]
            """,
        reference=lambda s: re.sub("([a-z])([0-9])", lambda match: match[1] * int(match[2]), s),
        plan="Go through {text} in steps of two. | Repeat each letter by the digit after it. | Join all.",
        properties=("set(result) == set(text[::2])",),
    ),
    Classic(
        key="is_pangram",
        tier=2,
        names="is_pangram pangram check_pangram has_all_letters",
        given=(
            one_of(
                "text s sentence string",
                "str",
                "",
                "abc",
                "The quick brown fox jumps over the lazy dog",
                "the quick brown fox jumps over the lazy cat",
                "Pack my box with five dozen liquor jugs!",
                "Sphinx of black quartz, judge my vow",
                "abcdefghijklmnopqrstuvwxyz",
                "abcdefghijklmnopqrstuvwxy",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            ),
        ),
        returns="bool",
        says="""
            whether {text} contains every letter of the alphabet, ignoring case
            whether {text} is a pangram (case does not matter)
            True if each letter from a to z occurs in {text} in upper or lower case
            Return True if all 26 letters appear in {text}, no matter the case.
            Is {text} a pangram? Ignore case.
            Check if the sentence {text} uses every letter from a to z at least once, case-insensitively.
            True if no letter of the English alphabet is missing from {text}, capitals count as well
            whether the string {text} has all letters a-z in it, case-insensitive
            """,
        bodies="""
            return all(char in text.lower() for char in "abcdefghijklmnopqrstuvwxyz")
            ---
            letters = {char for char in text.lower() if char.isalpha()}
            return len(letters) == 26
            """,
        wrong="""
            return all(char in text for char in "abcdefghijklmnopqrstuvwxyz")
            ---
            return len(set(text.lower())) == 26
            """,
        reference=lambda s: set(string.ascii_uppercase) <= set(s.upper()),
        plan="Turn {text} to lower case. | Return whether every letter from a to z is in it.",
    ),
    Classic(
        key="hamming_distance",
        tier=2,
        names="hamming_distance hamming count_differences differing_positions",
        given=(word("a s first s1"), word("b t second s2")),
        returns="int",
        says="""
            the Hamming distance of {a} and {b}
            the number of positions at which the equally long strings {a} and {b} differ
            how many characters of {a} differ from the character at the same place in {b}; both are equally long
            Count the positions where {a} and {b} have different characters (same length).
            Hamming distance between two strings of equal length.
            in how many places the strings {a} and {b} of the same length are different
            Compare {a} and {b} character by character and count the mismatches; the lengths are equal.
            the count of differing positions in two strings {a} and {b} of equal length
            """,
        bodies="""
            return sum(1 for x, y in zip(a, b) if x != y)
            ---
            count = 0
            for i in range(len(a)):
                if a[i] != b[i]:
                    count += 1
            return count
            """,
        wrong="""
            return sum(1 for x, y in zip(a, b) if x == y)
            ---
            return len(set(a) - set(b))
            """,
        reference=lambda a, b: [x == y for x, y in zip(a, b, strict=True)].count(False),
        draw=lambda rng: (lambda n: tuple("".join(rng.choice("abc") for _ in range(n)) for _ in "12"))(
            rng.randint(0, 6)
        ),
        plan="Compare {a} and {b} position by position. | Count the differences.",
        steps=lambda a, b: [[x != y for x, y in zip(a, b, strict=True)]],
        properties=("0 <= result <= len(a)", "(result == 0) == (a == b)"),
    ),
    Classic(
        key="is_rotation",
        tier=2,
        names="is_rotation rotated_string are_rotations string_rotation",
        given=(word("a s first s1"), word("b t second s2")),
        returns="bool",
        says="""
            whether {b} is a rotation of {a}
            whether {b} can be made by moving some characters from the front of {a} to its end
            True if rotating {a} by some number of characters gives {b}
            Return True if {a} and {b} are rotations of each other, like 'abcd' and 'cdab'.
            Is {b} a rotated version of the string {a}?
            whether the string {b} equals {a} rotated
            Check whether some rotation of {a} equals {b}; a string is a rotation of itself.
            True if {a} and {b} have equal length and {b} occurs in {a} written twice
            """,
        bodies="""
            return len(a) == len(b) and b in a + a
            ---
            if len(a) != len(b):
                return False
            if a == b:
                return True
            return any(a[i:] + a[:i] == b for i in range(len(a)))
            """,
        wrong="""
            return sorted(a) == sorted(b)
            ---
            return b in a + a
            """,
        reference=lambda a, b: b in {a, *(a[i:] + a[:i] for i in range(len(a)))},
        draw=lambda rng: rng.choice(
            (
                ("abcd", "cdab"),
                ("abcd", "dcba"),
                ("", ""),
                ("a", "a"),
                ("aab", "aba"),
                ("abc", "acb"),
                ("abc", "ab"),
                ("tea", "eat"),
                ("tea", "tae"),
                ("abab", "baba"),
                ("aa", "a"),
                ("hello", "llohe"),
            )
        ),
        plan="Compare the lengths. | Write {a} twice. | Return whether {b} occurs in it.",
        steps=lambda a, b: [a + a],
        properties=("len(a) == len(b) or result is False",),
    ),
    Classic(
        key="longest_common_prefix",
        tier=2,
        names="common_prefix longest_common_prefix shared_prefix prefix_of_both",
        given=(word("a s first s1"), word("b t second s2")),
        returns="str",
        says="""
            the longest common prefix of {a} and {b}
            the beginning that {a} and {b} share
            the longest string with which both {a} and {b} start
            Find the longest common start of the strings {a} and {b}; it may be empty.
            the characters at the start of {a} that {b} starts with too
            Longest common prefix of two strings.
            Compare {a} and {b} from the left and return the part that is equal.
            the shared leading characters of {a} and {b}, as a string
            """,
        bodies="""
            result = ""
            for x, y in zip(a, b):
                if x != y:
                    break
                result += x
            return result
            ---
            i = 0
            while i < len(a) and i < len(b) and a[i] == b[i]:
                i += 1
            return a[:i]
            """,
        wrong="""
            return "".join(x for x, y in zip(a, b) if x == y)
            ---
            return "".join(x for x in a if x in b)
            """,
        reference=lambda a, b: max((a[:i] for i in range(len(a) + 1) if b.startswith(a[:i])), key=len),
        draw=lambda rng: (
            rng.choice(("", "flo", "a", "ab", "tre")) + "".join(rng.choice("abcd") for _ in range(rng.randint(0, 4))),
            rng.choice(("", "flo", "a", "ab", "tre")) + "".join(rng.choice("abcd") for _ in range(rng.randint(0, 4))),
        ),
        plan="Compare {a} and {b} from the left. | Stop at the first difference. | Return what was equal.",
        properties=("a.startswith(result)", "b.startswith(result)"),
        thought="Stop at the first difference; later matches do not count.",
    ),
    Classic(
        key="longest_common_prefix_of_all",
        tier=3,
        names="longest_common_prefix common_prefix lcp shared_prefix",
        given=(
            one_of(
                "words strings items names",
                "list[str]",
                [],
                ["a"],
                ["flower", "flow", "flight"],
                ["dog", "cat"],
                ["tree", "tree"],
                ["car", "cart", "carbon"],
                ["ab", "a", "abc"],
                ["", "x"],
                ["test", "tea", "ten"],
            ),
        ),
        returns="str",
        says="""
            the longest prefix that all strings in {words} share; empty for an empty list
            the longest common prefix of the strings in {words}, or '' if there is none
            Longest common prefix of a list of strings; '' for no strings.
            Find the longest beginning common to every string of {words} ('' for an empty list).
            the part with which all of {words} begin, an empty string if they have nothing in common or the list is empty
            Return the longest string that each string in {words} starts with; for an empty list return ''.
            Given a list of words {words}, return their longest common start, '' when the list is empty.
            the shared prefix of all the words in {words} (empty string when there are no words)
            """,
        bodies="""
            if not words:
                return ""
            prefix = words[0]
            for word in words:
                while not word.startswith(prefix):
                    prefix = prefix[:-1]
            return prefix
            ---
            import os
            return os.path.commonprefix(words)
            """,
        wrong="""
            if not words:
                return ""
            return "".join(char for char in words[0] if all(char in word for word in words))
            ---
            if not words:
                return ""
            prefix = words[0]
            while not words[-1].startswith(prefix):
                prefix = prefix[:-1]
            return prefix
            """,
        reference=lambda words: (
            max((words[0][:i] for i in range(len(words[0]) + 1) if all(w[:i] == words[0][:i] for w in words)), key=len)
            if words
            else ""
        ),
        plan="Begin with the first word. | Shorten it until every word starts with it. | Return it.",
        properties=("all(w.startswith(result) for w in words)",),
    ),
    Classic(
        key="truncate",
        tier=2,
        names="truncate shorten ellipsis cut_text truncate_text",
        given=(text("text s string line", ""), whole("length limit n width", 3, 12)),
        returns="str",
        says="""
            {text} if it has at most {length} characters, else its first {length} characters followed by '...'
            Shorten {text} to {length} characters and append '...' if something was cut off.
            the first {length} characters of {text} plus '...', or {text} itself if it is not longer than {length}
            Truncate {text} after {length} characters; add '...' only when it was longer.
            {text} cut after {length} characters with '...' added, unchanged if it fits
            If {text} is longer than {length}, return its first {length} characters and '...', otherwise {text}.
            Cut a long string: keep {length} characters and put three dots after them; short strings stay the same.
            {text}, but everything beyond {length} characters replaced by '...'
            """,
        bodies="""
            if len(text) <= length:
                return text
            return text[:length] + "..."
            ---
            return text if len(text) <= length else text[:length] + "..."
            """,
        wrong="""
            return text[:length] + "..."
            ---
            if len(text) < length:
                return text
            return text[:length] + "..."
            ---
            if len(text) <= length:
                return text
            return text[:length - 3] + "..."
            """,
        reference=lambda s, n: "".join(c for i, c in enumerate(s) if i < n) + ("..." if s[n:] else ""),
        draw=lambda rng: rng.choice(
            (
                ("hello world", 5),
                ("hello", 5),
                ("tea", 5),
                ("", 3),
                ("summer rain", rng.randint(3, 12)),
                ("the little house", rng.randint(3, 12)),
                ("python", 6),
                ("a b c d e", rng.randint(3, 9)),
            )
        ),
        plan="If {text} has at most {length} characters, return it. | Otherwise return the first {length} and '...'.",
        steps=lambda s, n: [len(s)],
        properties=("len(result) <= length + 3", "len(text) > length or result == text"),
    ),
    Classic(
        key="repeat_text",
        tier=1,
        names="repeat repeat_string repeat_text string_times multiply_string",
        given=(word("text s string word", ""), whole("n times count k", 0, 4, 0, 1)),
        returns="str",
        says="""
            {text} repeated {n} times
            {text} written {n} times in a row
            Repeat the string {text} {n} times without separator.
            the string {text} concatenated {n} times; empty for 0
            {n} copies of {text} joined together
            Return {text} {n} times as one string.
            Given a string {text} and a non-negative number {n}, repeat the string that often.
            String times number: {text} * {n}
            """,
        bodies="""
            return text * n
            ---
            result = ""
            for _ in range(n):
                result += text
            return result
            """,
        wrong="""
            return text + str(n)
            ---
            return text * (n + 1)
            """,
        reference=lambda s, n: "".join([s for _ in range(n)]),
        plan="Put {n} copies of {text} together.",
        properties=("len(result) == len(text) * n",),
    ),
    Classic(
        key="double_chars",
        tier=1,
        names="double_chars double_letters repeat_chars duplicate_chars",
        given=(word("text", "", "a"),),
        returns="str",
        says="""
            {text} with every character doubled
            each character of {text} twice, e.g. 'abc' becomes 'aabbcc'
            Double every letter of {text}.
            the string in which each character of {text} is written two times
            Repeat every character in {text} once: 'hi' gives 'hhii'.
            {text} where each character appears twice in a row
            Return a string with two copies of each character of {text}.
            Duplicate each character of a string.
            """,
        bodies="""
            return "".join(char * 2 for char in text)
            ---
            result = ""
            for char in text:
                result += char + char
            return result
            """,
        wrong="""
            return text * 2
            ---
            return "".join(char * 2 for char in sorted(text))
            """,
        reference=lambda s: re.sub("(.)", r"\1\1", s),
        plan="Write each character of {text} twice. | Join them.",
        properties=("len(result) == 2 * len(text)", "result[::2] == text"),
    ),
    Classic(
        key="every_second_char",
        tier=1,
        names="every_second_char every_other_char alternate_chars skip_chars",
        given=(word("text", "", "a", "ab"),),
        returns="str",
        says="""
            every second character of {text}, starting with the first
            the characters of {text} at even positions (0, 2, 4, ...)
            every other character of {text}, beginning with the first one
            Take the first, third, fifth ... character of {text}.
            the string of the characters at even indexes of {text}
            Skip every second character of {text}: 'abcde' gives 'ace'.
            Keep characters 0, 2, 4 and so on of {text}.
            {text} without the characters at odd indexes
            """,
        bodies="""
            return text[::2]
            ---
            return "".join(text[i] for i in range(0, len(text), 2))
            """,
        wrong="""
            return text[1::2]
            ---
            return text[:len(text) // 2]
            """,
        reference=lambda s: "".join(c for i, c in enumerate(s) if not i & 1),
        plan="Take the characters of {text} at the indexes 0, 2, 4 and so on.",
        properties=("len(result) == (len(text) + 1) // 2",),
    ),
    Classic(
        key="remove_duplicate_chars",
        tier=2,
        names="remove_duplicate_chars unique_chars dedupe_string distinct_letters",
        given=(word("text", "", "aaa", letters="abcd", most=7),),
        returns="str",
        says="""
            {text} with only the first occurrence of every character
            Remove duplicate characters from {text}, keep the order of first appearance.
            the distinct characters of {text} in the order in which they first occur, as a string
            {text} without repeated characters; the first of each stays where it is
            each character of {text} once, in order of first appearance
            Drop every character of {text} that has occurred before.
            Delete repeated letters of a string so that only first occurrences remain: 'banana' becomes 'ban'.
            Return the unique characters of {text} joined in original order.
            """,
        bodies="""
            result = ""
            for char in text:
                if char not in result:
                    result += char
            return result
            ---
            return "".join(dict.fromkeys(text))
            """,
        wrong="""
            return "".join(sorted(set(text)))
            ---
            return "".join(char for char in text if text.count(char) == 1)
            """,
        reference=lambda s: "".join(c for i, c in enumerate(s) if s.index(c) == i),
        plan="Go through {text}. | Keep each character that is not kept yet. | Join them.",
        properties=("set(result) == set(text)", "len(set(result)) == len(result)"),
    ),
    Classic(
        key="remove_adjacent_duplicates",
        tier=2,
        names="remove_adjacent_duplicates squeeze collapse_repeats remove_consecutive_duplicates",
        given=(word("text", "", "aaa", letters="aab", most=7),),
        returns="str",
        says="""
            {text} with runs of the same character reduced to one
            Collapse repeated neighbouring characters in {text} into one.
            {text} without characters that equal the one just before them
            Squeeze {text}: 'aabbba' becomes 'aba'.
            Remove every character of {text} that is the same as its predecessor.
            one character for each run of equal characters in {text}
            Remove consecutive duplicate characters from {text}, others stay.
            the string {text} where each run of identical characters is replaced by a single one
            """,
        bodies="""
            result = ""
            for char in text:
                if not result or result[-1] != char:
                    result += char
            return result
            ---
            from itertools import groupby
            return "".join(char for char, _ in groupby(text))
            """,
        wrong="""
            return "".join(dict.fromkeys(text))
            ---
            return "".join(a for a, b in zip(text, text[1:]) if a != b)
            """,
        reference=lambda s: re.sub(r"(.)\1+", r"\1", s),
        plan="Go through {text}. | Keep each character that differs from the last one kept.",
        properties=("all(a != b for a, b in zip(result, result[1:]))",),
    ),
    Classic(
        key="longest_run",
        tier=3,
        names="longest_run max_run longest_streak longest_repeat max_consecutive_chars",
        given=(word("text", "", "a", "aabbb", letters="aab", most=7),),
        returns="int",
        says="""
            the length of the longest run of equal characters in {text}
            how many times in a row the same character occurs at most in {text}; 0 if it is empty
            the length of the longest streak of one character in {text}
            Find the longest sequence of identical consecutive characters in {text} and return its length.
            the largest number of equal characters in a row in {text} (0 for '')
            Longest run: for 'aabbba' it is 3, for the empty string 0.
            the size of the biggest group of equal neighbouring characters of {text}
            the maximum number of consecutive repetitions of a character in {text}
            """,
        bodies="""
            best = 0
            current = 0
            for i in range(len(text)):
                if i > 0 and text[i] == text[i - 1]:
                    current += 1
                else:
                    current = 1
                best = max(best, current)
            return best
            ---
            from itertools import groupby
            return max((len(list(run)) for _, run in groupby(text)), default=0)
            """,
        wrong="""
            return max((text.count(char) for char in text), default=0)
            ---
            best = 0
            current = 0
            for i in range(1, len(text)):
                if text[i] == text[i - 1]:
                    current += 1
                else:
                    current = 0
                best = max(best, current)
            return best
            """,
        reference=lambda s: max((k for k in range(1, len(s) + 1) if any(c * k in s for c in s)), default=0),
        plan=(
            "Go through {text} and count equal characters in a row. | Begin anew where the character changes. | "
            "Return the largest count."
        ),
        steps=lambda s: [[len([*run]) for _, run in groupby(s)]],
        properties=("0 <= result <= len(text)", "(result == 0) == (text == '')"),
    ),
    Classic(
        key="balanced_parentheses",
        tier=3,
        names="is_balanced balanced balanced_parentheses valid_parentheses check_parentheses",
        given=(word("text", "", "()", ")(", "(()", "(())", "()()", "())(", letters="()", most=6),),
        returns="bool",
        says="""
            whether the parentheses in {text} are balanced
            whether every '(' in {text} is closed by a later ')' and none is closed too early
            True if the round brackets in {text} match
            Return True if {text}, a string of '(' and ')', is balanced; '' is.
            Are the parentheses of {text} properly nested?
            Check that each opening parenthesis in {text} has its closing one in the right order.
            whether {text} is a valid sequence of parentheses
            True if no ')' comes without an open '(' and all '(' are closed at the end of {text}
            """,
        bodies="""
            depth = 0
            for char in text:
                if char == "(":
                    depth += 1
                elif char == ")":
                    depth -= 1
                if depth < 0:
                    return False
            return depth == 0
            ---
            while "()" in text:
                text = text.replace("()", "")
            return text == ""
            """,
        wrong="""
            return text.count("(") == text.count(")")
            ---
            depth = 0
            for char in text:
                depth += 1 if char == "(" else -1
                if depth < 0:
                    return False
            return True
            """,
        reference=lambda s: (lambda d: min(d) >= 0 and d[-1] == 0)(
            [s[:i].count("(") - s[:i].count(")") for i in range(len(s) + 1)]
        ),
        plan=(
            "Count the open parentheses from left to right. | If the count falls below 0, return False. | "
            "Return whether it ends at 0."
        ),
        steps=lambda s: [[s[:i].count("(") - s[:i].count(")") for i in range(1, len(s) + 1)]],
        properties=("not result or text.count('(') == text.count(')')",),
        thought="Equal numbers are not enough: the order matters.",
    ),
    Classic(
        key="balanced_brackets",
        tier=3,
        names="is_balanced balanced_brackets valid_brackets check_brackets is_valid",
        given=(word("text", "", "([])", "([)]", "{}", "[(])", "{[]}()", "]", "((", letters="()[]{}", most=4),),
        returns="bool",
        says="""
            whether the brackets (), [] and {} in {text} are balanced and properly nested
            whether every opening bracket of {text} is closed by one of the same kind in the right order
            True if all round, square and curly brackets in {text} match and nest correctly
            Return True if {text}, made of ()[]{}, is a valid bracket sequence; '' is valid.
            Are the brackets in {text} balanced? There are three kinds: round, square and curly.
            Check for matching brackets of the kinds (), [] and {} in {text}; they must not cross.
            Valid brackets: each bracket of {text} is closed by the same type, innermost first.
            whether {text} is a correctly nested string of parentheses, brackets and braces
            """,
        bodies="""
            stack = []
            closing = {")": "(", "]": "[", "}": "{"}
            for char in text:
                if char in closing:
                    if not stack or stack.pop() != closing[char]:
                        return False
                else:
                    stack.append(char)
            return not stack
            ---
            while "()" in text or "[]" in text or "{}" in text:
                text = text.replace("()", "").replace("[]", "").replace("{}", "")
            return text == ""
            """,
        wrong="""
            return all(text.count(pair[0]) == text.count(pair[1]) for pair in ("()", "[]", "{}"))
            ---
            return len(text) % 2 == 0
            """,
        reference=lambda s: (lambda f: f(f, s))(
            lambda f, t: (
                not t or (lambda u: u != t and f(f, u))(t.replace("()", "").replace("[]", "").replace("{}", ""))
            )
        ),
        plan=(
            "Keep a stack of open brackets. | A closing bracket must match the last open one. | "
            "At the end the stack must be empty."
        ),
        properties=("len(text) % 2 == 0 or result is False",),
    ),
    Classic(
        key="is_subsequence",
        tier=2,
        names="is_subsequence subsequence contains_in_order is_subseq",
        given=(word("a s part small"), word("b t whole big")),
        returns="bool",
        says="""
            whether {a} is a subsequence of {b}
            whether the characters of {a} occur in {b} in the same order, not necessarily next to each other
            True if {a} can be got from {b} by deleting characters
            Return True if all characters of {a} appear in {b} in order; gaps are allowed.
            Is {a} a subsequence of the string {b}?
            whether deleting some characters of {b} can leave exactly {a}
            Check if {a} can be read in {b} from left to right, skipping characters ('' always can).
            True if the letters of {a} are found one after the other in {b}, possibly with others between
            """,
        bodies="""
            i = 0
            for char in b:
                if i < len(a) and a[i] == char:
                    i += 1
            return i == len(a)
            ---
            letters = iter(b)
            return all(char in letters for char in a)
            """,
        wrong="""
            return a in b
            ---
            return set(a) <= set(b)
            """,
        reference=lambda a, b: re.search(".*".join(map(re.escape, a)), b) is not None,
        draw=lambda rng: (
            "".join(rng.choice("abc") for _ in range(rng.randint(0, 3))),
            "".join(rng.choice("abc") for _ in range(rng.randint(0, 7))),
        ),
        plan=(
            "Go through {b}. | Where the next character of {a} is met, go on in {a}. | "
            "Return whether the end of {a} was reached."
        ),
        properties=("a not in b or result", "len(a) <= len(b) or result is False"),
    ),
    Classic(
        key="count_substring",
        tier=2,
        names="count_substring count_overlapping occurrences substring_count",
        given=(word("text s string big"), word("part sub pattern small")),
        returns="int",
        says="""
            how often {part} occurs in {text}, overlapping occurrences included
            the number of positions in {text} at which {part} begins
            Count the occurrences of {part} in {text}; they may overlap.
            the number of overlapping occurrences of the string {part} in {text}
            Count substrings with overlaps: 'aa' occurs twice in 'aaa'.
            how many times {part} appears in {text} if overlaps count as well
            Return at how many indexes of {text} the string {part} starts.
            Count every place where {text} contains {part}, also places that overlap.
            """,
        bodies="""
            return sum(1 for i in range(len(text)) if text[i:].startswith(part))
            ---
            count = 0
            for i in range(len(text) - len(part) + 1):
                if text[i:i + len(part)] == part:
                    count += 1
            return count
            """,
        wrong="""
            return text.count(part)
            ---
            return 1 if part in text else 0
            """,
        reference=lambda s, part: len(re.findall(f"(?={part})", s)),
        draw=lambda rng: (
            "".join(rng.choice("aab") for _ in range(rng.randint(0, 8))),
            rng.choice(("a", "aa", "ab", "aba", "b")),
        ),
        plan="Go through the positions of {text}. | Count those at which {part} begins.",
        properties=("0 <= result <= len(text)", "(result > 0) == (part in text)"),
        thought="str.count does not count overlapping occurrences.",
    ),
    Classic(
        key="find_char_positions",
        tier=2,
        names="find_all positions indexes_of char_positions all_indices",
        given=(word("text s string word", "", letters="abc", most=7), one_of("char c letter ch", "str", "a", "b", "c")),
        returns="list[int]",
        says="""
            all indexes at which {char} occurs in {text}
            the positions of {char} in {text}, counted from 0, as a list
            Find every index of the character {char} in {text}.
            a list of the indices where {text} has the character {char}
            at which positions {char} stands in {text} (list, starting from 0)
            Return all positions i with {text}[i] equal to {char}, ascending.
            List each index of {char} in the string {text}; empty if it does not occur.
            Given a string {text} and a character {char}, return the list of its indexes.
            """,
        bodies="""
            return [i for i, c in enumerate(text) if c == char]
            ---
            result = []
            for i in range(len(text)):
                if text[i] == char:
                    result.append(i)
            return result
            """,
        wrong="""
            return [text.find(char)]
            ---
            return [i + 1 for i, c in enumerate(text) if c == char]
            """,
        reference=lambda s, c: [match.start() for match in re.finditer(c, s)],
        plan="Go through {text} with its indexes. | Keep the index of every character equal to {char}.",
        properties=("len(result) == text.count(char)", "all(text[i] == char for i in result)"),
    ),
    Classic(
        key="swap_ends",
        tier=2,
        names="swap_first_last swap_ends exchange_ends front_back",
        given=(word("text", "", "a", "ab"),),
        returns="str",
        says="""
            {text} with its first and last characters swapped
            Exchange the first and the last character of {text}; strings shorter than 2 stay as they are.
            the string {text} after its first and last letters have changed places
            Swap the first and last letter of a string: 'code' becomes 'eodc'.
            {text} where the first character is last and the last one first
            Put the last character of {text} first and the first one last, the middle stays.
            Return {text} with both end characters exchanged (unchanged if it has fewer than two).
            First and last character of {text} swapped, the rest unchanged
            """,
        bodies="""
            if len(text) < 2:
                return text
            return text[-1] + text[1:-1] + text[0]
            """,
        wrong="""
            return text[-1:] + text[1:-1] + text[:1]
            ---
            return text[::-1]
            """,
        reference=lambda s: re.sub("^(.)(.*)(.)$", r"\3\2\1", s),
        plan=(
            "If {text} has fewer than two characters, return it. | Return last character, middle and first character."
        ),
        properties=("sorted(result) == sorted(text)", "result[1:-1] == text[1:-1]"),
        thought="A single character must not be doubled.",
    ),
    Classic(
        key="middle_chars",
        tier=2,
        names="middle_char get_middle middle_letters middle",
        given=(word("text", "a", "ab", least=1),),
        returns="str",
        says="""
            the middle character of {text}, or the two middle ones if its length is even
            the middle of the non-empty string {text}: one character if the length is odd, two if it is even
            Return the middle letter of {text}; for an even length the two in the middle.
            Get the middle one or two characters of {text}.
            the character in the middle of {text}, both middle characters for an even number of characters
            Middle of a word: 'test' gives 'es', 'abc' gives 'b'.
            the centre of {text}, one or two letters depending on whether its length is odd or even
            Find the middle character(s) of {text}: 1 for odd lengths, 2 for even lengths.
            """,
        bodies="""
            half = len(text) // 2
            if len(text) % 2 == 0:
                return text[half - 1:half + 1]
            return text[half]
            ---
            return text[(len(text) - 1) // 2:len(text) // 2 + 1]
            """,
        wrong="""
            return text[len(text) // 2]
            ---
            half = len(text) // 2
            if len(text) % 2 == 0:
                return text[half:half + 2]
            return text[half]
            """,
        reference=lambda s: (
            s if len(s) < 3 else (lambda t: t if len(t) < 3 else t[(len(t) - 1) // 2 : len(t) // 2 + 1])(s[1:-1])
        ),
        plan="Halve the length of {text}. | If it is even, return the two characters in the middle, else the one.",
        properties=("len(result) == 2 - len(text) % 2", "result in text"),
    ),
    Classic(
        key="interleave_strings",
        tier=2,
        names="interleave merge_alternately weave zip_strings",
        given=(
            word("a s first s1", "", letters="abc", least=0, most=4),
            word("b t second s2", "", letters="xyz", least=0, most=4),
        ),
        returns="str",
        says="""
            the characters of {a} and {b} alternately, beginning with {a}; the rest of the longer one follows
            Merge two strings alternately: 'abc' and 'xy' give 'axbyc'.
            Weave {a} and {b} together character by character, starting with {a}, and append what is left over.
            one character of {a}, one of {b} and so on; leftover characters go to the end
            Interleave {a} and {b}; when one is used up, add the remainder of the other.
            {a} and {b} merged in turns, the surplus of the longer string at the end
            Alternate the letters of {a} and {b}, then add the remaining letters.
            Merge {a} and {b} by taking characters in turn, first from {a}.
            """,
        bodies="""
            result = ""
            for i in range(max(len(a), len(b))):
                result += a[i:i + 1] + b[i:i + 1]
            return result
            ---
            n = min(len(a), len(b))
            return "".join(x + y for x, y in zip(a, b)) + a[n:] + b[n:]
            """,
        wrong="""
            return "".join(x + y for x, y in zip(a, b))
            ---
            return a + b
            """,
        reference=lambda a, b: "".join(
            c for _, _, c in sorted([(i, 0, c) for i, c in enumerate(a)] + [(i, 1, c) for i, c in enumerate(b)])
        ),
        plan=(
            "Go through the positions of {a} and {b}. | "
            "Take the character of {a}, then that of {b}, where there is one."
        ),
        properties=("len(result) == len(a) + len(b)",),
        thought="What is left of the longer string must not be lost.",
    ),
    Classic(
        key="replace_char",
        tier=1,
        names="replace_char replace_letter substitute replace_all",
        given=(
            word("text s string word", "", letters="abc", most=7),
            one_of("old a before x", "str", "a", "b"),
            one_of("new b after y", "str", "x", "c", "-"),
        ),
        returns="str",
        says="""
            {text} with every {old} replaced by {new}
            Replace all occurrences of {old} in {text} with {new}.
            the string {text} where each character {old} is changed to {new}
            Substitute {new} for every {old} in {text}.
            Swap out the character {old} for {new} everywhere in {text}.
            Return a copy of {text} in which {old} has become {new} at all places.
            Change each {old} in the string {text} into {new}.
            {text}, but {new} instead of {old}
            """,
        bodies="""
            return text.replace(old, new)
            ---
            return "".join(new if char == old else char for char in text)
            """,
        wrong="""
            return text.replace(new, old)
            ---
            return text.replace(old, new, 1)
            """,
        reference=lambda s, old, new: new.join(s.split(old)),
        plan="Go through {text}. | Put {new} in place of each {old}.",
        properties=("old not in result", "len(result) == len(text)"),
    ),
    Classic(
        key="is_vowel",
        tier=1,
        names="is_vowel vowel check_vowel",
        given=(one_of("char c letter ch", "str", *"aeiouAEIOUbcdxyzXY"),),
        returns="bool",
        says="""
            whether the letter {char} is a vowel, in upper or lower case
            whether {char} is one of a, e, i, o, u, ignoring case
            True if {char} is a vowel (aeiou or AEIOU)
            Return True if the character {char} is a vowel; capitals count too.
            Is the letter {char} a vowel? Case does not matter.
            Check if a single letter is a vowel, upper or lower case.
            True for a, e, i, o and u in either case, False for other letters.
            whether the single letter {char} is a vowel and not a consonant, whatever its case
            """,
        bodies="""
            return char in "aeiouAEIOU"
            ---
            return char.lower() in ("a", "e", "i", "o", "u")
            """,
        wrong="""
            return char in "aeiou"
            ---
            return char.lower() not in "aeiou"
            """,
        reference=lambda c: c.upper() in {"A", "E", "I", "O", "U"},
        plan='Turn {char} to lower case. | Return whether it is in "aeiou".',
    ),
    Classic(
        key="alphabet_position",
        tier=2,
        names="alphabet_position letter_position letter_number position_in_alphabet",
        given=(one_of("char c letter ch", "str", *"abcdxyzmABZQ"),),
        returns="int",
        says="""
            the position of the letter {char} in the alphabet: 1 for a, 26 for z, ignoring case
            which letter of the alphabet {char} is, counted from 1, upper or lower case
            1 if {char} is 'a' or 'A', 2 for 'b' or 'B', ..., 26 for 'z' or 'Z'
            Map a letter to its place in the alphabet (a = 1, z = 26); case does not matter.
            the number of the letter {char} in the alphabet, a and A being 1
            Return the 1-based alphabet position of {char}, no matter its case.
            Convert {char} to a number from 1 to 26 by its position in the alphabet, for both cases.
            the index of {char} in the alphabet starting from 1, case-insensitive
            """,
        bodies="""
            return ord(char.lower()) - ord("a") + 1
            ---
            return "abcdefghijklmnopqrstuvwxyz".index(char.lower()) + 1
            """,
        wrong="""
            return ord(char.lower()) - ord("a")
            ---
            return ord(char) - ord("a") + 1
            """,
        reference=lambda c: string.ascii_letters.index(c) % 26 + 1,
        plan="Turn {char} to lower case. | Subtract the code of 'a' from its code. | Add 1.",
        properties=("1 <= result <= 26",),
        thought="a is 1, not 0.",
    ),
    Classic(
        key="word_score",
        tier=2,
        names="word_score letter_sum word_value alphabet_sum",
        given=(word("text", "", "az", letters="abcdexyz", most=4),),
        returns="int",
        says="""
            the sum of the alphabet positions of the letters of {text} (a = 1, ..., z = 26)
            the value of the lower-case word {text} when a counts 1, b 2 and so on up to 26 for z
            Add up the positions in the alphabet of all letters in {text}, where a is 1.
            Score a lower-case word: a = 1, b = 2, ..., z = 26, added up.
            the word value of {text}: the total of its letters' places in the alphabet, counted from 1
            Sum the letter numbers (a is 1, z is 26) of {text}; '' gives 0.
            the total of 1 for every a, 2 for every b, ... 26 for every z in {text}
            Replace each letter of {text} by its alphabet number from 1 to 26 and return the sum.
            """,
        bodies="""
            return sum(ord(char) - ord("a") + 1 for char in text)
            ---
            total = 0
            for char in text:
                total += "abcdefghijklmnopqrstuvwxyz".index(char) + 1
            return total
            """,
        wrong="""
            return sum(ord(char) - ord("a") for char in text)
            ---
            return sum(ord(char) for char in text)
            """,
        reference=lambda s: sum(string.ascii_lowercase.index(c) for c in s) + len(s),
        plan="Find the alphabet position of each letter of {text}. | Add them up.",
        steps=lambda s: [[ord(c) - 96 for c in s]],
        properties=("result >= len(text)",),
    ),
    Classic(
        key="is_numeric_text",
        tier=2,
        names="is_number is_integer_string is_int looks_like_int is_numeric",
        given=(
            one_of("text s string value", "str", "", "12", "-5", "a", "3.5", "0", "-", "12a", "007", "--1", "+3", " 1"),
        ),
        returns="bool",
        says="""
            whether {text} is an integer: digits only, with an optional '-' before them
            whether the string {text} is written as a whole number, possibly with a minus sign
            True if {text} consists of at least one digit, after an optional leading '-'
            Return True if {text} looks like an integer such as '12' or '-5', else False.
            Check if a string is an integer (optional minus, then only digits, at least one).
            Is {text} a valid integer: an optional minus sign followed by one or more digits?
            True for strings like '7' and '-42', False for '', '-', '3.5', '+3' or '12a'
            whether {text} has only digits, apart from one '-' that may come first
            """,
        bodies="""
            return text.removeprefix("-").isdigit()
            ---
            if text.startswith("-"):
                text = text[1:]
            return text.isdigit()
            """,
        wrong="""
            return text.isdigit()
            ---
            return text.replace("-", "").isdigit()
            ---
            try:
                int(text)
            except ValueError:
                return False
            return True
            """,
        reference=lambda s: re.fullmatch("-?[0-9]+", s) is not None,
        plan="Leave out a minus sign at the start. | Return whether the rest is one or more digits.",
    ),
    Classic(
        key="letters_between",
        tier=2,
        names="letter_range letters_between alphabet_range char_range",
        given=(one_of("start a first low", "str", *"abcdef"), one_of("end b last high", "str", *"defghxz")),
        returns="str",
        says="""
            the letters from {start} to {end}, both included, as a string
            a string of all lower-case letters from {start} up to and including {end}
            the part of the alphabet between {start} and {end} inclusive; empty if {start} comes after {end}
            Write the letters {start} through {end} one after the other.
            Letter range: from 'a' to 'd' it is 'abcd'.
            the alphabet from letter {start} to letter {end} (inclusive)
            Return every letter from {start} to {end} in alphabetical order, joined.
            the slice of the alphabet that begins with {start} and ends with {end}
            """,
        bodies="""
            return "".join(chr(code) for code in range(ord(start), ord(end) + 1))
            """,
        wrong="""
            return "".join(chr(code) for code in range(ord(start), ord(end)))
            ---
            return [chr(code) for code in range(ord(start), ord(end) + 1)]
            """,
        reference=lambda a, b: "".join(c for c in string.ascii_lowercase if a <= c <= b),
        plan="Go through the character codes from {start} to {end}. | Turn each into its character. | Join them.",
        properties=("start > end or result[0] == start and result[-1] == end",),
    ),
    Classic(
        key="mask_text",
        tier=2,
        names="mask mask_number hide_all_but_last mask_string censor_digits",
        given=(word("text", "", "abcd", "12345", letters="0123456789", least=2, most=9),),
        returns="str",
        says="""
            {text} with all but the last four characters replaced by '*'
            Hide everything in {text} except the last 4 characters with '*'; short strings stay as they are.
            Mask {text}: show only the last four characters, put '*' for each of the others.
            the string {text}, where every character but the last four is a star
            Replace all characters of {text} by '*' apart from the final four.
            Mask a card number: '12345678' becomes '****5678'.
            one '*' for each character of {text} before its last four, then those four
            {text} masked with stars up to the last four characters (nothing masked if it has four or fewer)
            """,
        bodies="""
            return "*" * (len(text) - 4) + text[-4:]
            ---
            result = ""
            for i, char in enumerate(text):
                result += char if i >= len(text) - 4 else "*"
            return result
            """,
        wrong="""
            return "*" * len(text) + text[-4:]
            ---
            return text[:4] + "*" * (len(text) - 4)
            """,
        reference=lambda s: re.sub(".(?=.{4})", "*", s),
        plan="Put a star for every character but the last four. | Append the last four.",
        properties=("len(result) == len(text)", "result[-4:] == text[-4:]"),
    ),
    Classic(
        key="split_in_half",
        tier=2,
        names="split_half split_in_half halves split_string",
        given=(word("text", "", "a", "ab"),),
        returns="tuple[str, str]",
        says="""
            the first and the second half of {text} as a tuple; with an odd length the first half is longer
            a tuple of both halves of {text}, the middle character belongs to the first half
            Split {text} in the middle into two strings; the first gets the extra character of an odd length.
            Cut {text} into two halves and return them as a pair, the left one longer if they differ.
            ({text}'s first half, its second half); an odd middle character goes to the first
            Divide a string into two halves (tuple). 'abc' gives ('ab', 'c').
            both halves of the string {text}, the first one rounded up
            Return {text} split into halves; for odd lengths the left part has one character more.
            """,
        bodies="""
            half = (len(text) + 1) // 2
            return text[:half], text[half:]
            """,
        wrong="""
            half = len(text) // 2
            return text[:half], text[half:]
            ---
            half = (len(text) + 1) // 2
            return [text[:half], text[half:]]
            """,
        reference=lambda s: next((s[:i], s[i:]) for i in range(len(s) + 1) if 0 <= 2 * i - len(s) <= 1),
        plan="Halve the length of {text}, rounding up. | Return the part before and the part after it.",
        properties=("result[0] + result[1] == text",),
    ),
    Classic(
        key="count_words_starting_with",
        tier=2,
        names="count_starting_with words_starting_with starts_with_count count_words_with_letter",
        given=(text("text s sentence string", "", most=5), one_of("letter c char ch", "str", *"abcst")),
        returns="int",
        says="""
            the number of words in {text} that start with {letter}
            how many words of {text} begin with the letter {letter}
            Count the words in {text} whose first letter is {letter}.
            the count of words starting with {letter} in the sentence {text}
            Split {text} at spaces and count the words that begin with {letter}.
            how many of the words in {text} have {letter} as their first character
            Given a sentence {text} and a letter {letter}, count the words with that initial.
            Return how often a word of {text} starts with {letter}.
            """,
        bodies="""
            return sum(1 for word in text.split() if word.startswith(letter))
            ---
            count = 0
            for word in text.split():
                if word[0] == letter:
                    count += 1
            return count
            """,
        wrong="""
            return text.count(letter)
            ---
            return sum(1 for word in text.split() if word.endswith(letter))
            """,
        reference=lambda s, c: f" {s}".count(f" {c}"),
        plan="Split {text} into words. | Count those that start with {letter}.",
        steps=lambda s, c: [[w for w in s.split() if w[0] == c]],
        properties=("0 <= result <= len(text.split())",),
    ),
)
