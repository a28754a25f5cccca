"""Sentences, the words in them, and lists of words."""

from __future__ import annotations

import itertools
import re
from collections import Counter

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import one_of, text, whole, word, words

CLASSICS = (
    Classic(
        key="count_words",
        tier=1,
        names="count_words word_count num_words number_of_words",
        given=(text("text", "", "  two  words ", most=5),),
        returns="int",
        says="""
            the number of words in {text}
            how many words {text} has; words are separated by whitespace
            Count the words in a sentence.
            the count of whitespace-separated words in {text}
            Split {text} at whitespace and return the number of words.
            how many words the string {text} contains (0 if it is empty)
            the word count of {text}
            Count all words of the text {text}, ignoring extra spaces.
            """,
        bodies="""
            return len(text.split())
            ---
            words = text.split()
            return len(words)
            """,
        wrong="""
            return len(text)
            ---
            return text.count(" ") + 1
            """,
        reference=lambda s: len(re.findall(r"\S+", s)),
        plan="Split {text} into words. | Return their number.",
        steps=lambda s: [s.split()],
        properties=("0 <= result <= len(text)",),
        thought="Several spaces in a row separate only two words.",
    ),
    Classic(
        key="word_frequencies",
        tier=2,
        names="word_frequencies word_counts count_each_word word_frequency",
        given=(text("text", "", "the cat the dog", "Tea tea", "a b a", most=5),),
        returns="dict[str, int]",
        says="""
            a dictionary with how often each word occurs in {text}, all in lower case
            how often every word of {text} occurs, ignoring case, as a dict with lower-case keys
            Count each word in {text} case-insensitively and return a dict (words in lower case).
            the word frequencies of the lowercased {text} as a dictionary
            Map each word of {text}, in lower case, to the number of times it appears.
            a dict from each lower-case word in {text} to its count; words are split at spaces
            Word frequencies: lower the text {text}, split it, count every word.
            Build a dictionary of the words in {text} (lowercased) and their number of occurrences.
            """,
        bodies="""
            counts = {}
            for word in text.lower().split():
                counts[word] = counts.get(word, 0) + 1
            return counts
            ---
            from collections import Counter
            return dict(Counter(text.lower().split()))
            """,
        wrong="""
            counts = {}
            for word in text.split():
                counts[word] = counts.get(word, 0) + 1
            return counts
            ---
            counts = {}
            for word in text.lower():
                counts[word] = counts.get(word, 0) + 1
            return counts
            """,
        reference=lambda s: {w: s.lower().split().count(w) for w in s.lower().split()},
        plan="Turn {text} to lower case and split it. | Count every word in a dict. | Return the dict.",
        steps=lambda s: [s.lower().split()],
        properties=("sum(result.values()) == len(text.split())",),
    ),
    Classic(
        key="longest_word",
        tier=2,
        names="longest_word find_longest_word get_longest_word biggest_word",
        given=(text("text", "ab cd", most=5),),
        returns="str",
        says="""
            the longest word in {text}, the first one if several are equally long
            the word of {text} with the most letters; on a tie the one that comes first
            Find the longest word in a sentence (first of several).
            which word of the sentence {text} is longest; the first of equally long ones
            Split {text} into words and return the longest, the earliest in case of a tie.
            Return the first word in {text} that has the maximum length.
            the biggest word of {text} by length, ties go to the first
            the longest of the words in the non-empty sentence {text} (first wins)
            """,
        bodies="""
            return max(text.split(), key=len)
            ---
            longest = ""
            for word in text.split():
                if len(word) > len(longest):
                    longest = word
            return longest
            """,
        wrong="""
            return max(text.split())
            ---
            longest = ""
            for word in text.split():
                if len(word) >= len(longest):
                    longest = word
            return longest
            ---
            return max(len(word) for word in text.split())
            """,
        reference=lambda s: sorted(s.split(), key=lambda w: -len(w))[0],
        plan="Split {text} into words. | Compare their lengths. | Return the first longest one.",
        steps=lambda s: [s.split(), [len(w) for w in s.split()]],
        properties=("result in text.split()", "all(len(w) <= len(result) for w in text.split())"),
    ),
    Classic(
        key="shortest_word",
        tier=2,
        names="shortest_word find_shortest_word get_shortest_word smallest_word",
        given=(text("text", "ab cd", most=5),),
        returns="str",
        says="""
            the shortest word in {text}, the first one if several are equally short
            the word of {text} with the fewest letters; on a tie the one that comes first
            Find the shortest word in a sentence (first of several).
            which word of the sentence {text} is shortest; the first of equally short ones
            Split {text} into words and return the shortest, the earliest in case of a tie.
            Return the first word in {text} that has the minimum length.
            the smallest word of {text} by length, ties go to the first
            the shortest of the words in the non-empty sentence {text} (first wins)
            """,
        bodies="""
            return min(text.split(), key=len)
            ---
            words = text.split()
            shortest = words[0]
            for word in words:
                if len(word) < len(shortest):
                    shortest = word
            return shortest
            """,
        wrong="""
            return min(text.split())
            ---
            words = text.split()
            shortest = words[0]
            for word in words:
                if len(word) <= len(shortest):
                    shortest = word
            return shortest
            """,
        reference=lambda s: sorted(s.split(), key=len)[0],
        plan="Split {text} into words. | Compare their lengths. | Return the first shortest one.",
        steps=lambda s: [s.split(), [len(w) for w in s.split()]],
        properties=("result in text.split()", "all(len(w) >= len(result) for w in text.split())"),
    ),
    Classic(
        key="reverse_words",
        tier=2,
        names="reverse_words reverse_sentence words_backwards reverse_word_order",
        given=(text("text", "", "one", most=5),),
        returns="str",
        says="""
            the words of {text} in reverse order, separated by single spaces
            {text} with its words in opposite order
            Reverse the order of the words in a sentence.
            the sentence {text} with the last word first and the first word last
            Return the words of {text} from last to first as one string.
            Turn 'one two three' into 'three two one', for any {text}.
            Split {text} at spaces, reverse the words and join them with spaces.
            {text} word by word backwards; the words themselves stay as they are
            """,
        bodies="""
            return " ".join(reversed(text.split()))
            ---
            words = text.split()
            return " ".join(words[::-1])
            """,
        wrong="""
            return text[::-1]
            ---
            return " ".join(word[::-1] for word in text.split())
            """,
        reference=lambda s: " ".join(s.split(" ")[-1 - i] for i in range(len(s.split(" ")))),
        plan="Split {text} into words. | Reverse their order. | Join them with spaces.",
        steps=lambda s: [s.split()],
        properties=("len(result) == len(text)", "sorted(result.split()) == sorted(text.split())"),
    ),
    Classic(
        key="reverse_each_word",
        tier=2,
        names="reverse_each_word flip_words reverse_letters_in_words mirror_words",
        given=(text("text", "", "one", most=4),),
        returns="str",
        says="""
            {text} with every word reversed, the words in the same order
            each word of {text} written backwards, in unchanged order
            Reverse every single word of a sentence but keep the word order.
            the sentence {text} in which the letters of each word are reversed
            Turn 'abc de' into 'cba ed': reverse the letters of each word in {text}.
            Flip each word of {text} and join them with spaces again.
            the words of {text}, each one reversed, separated by single spaces
            Return {text} with the characters of every word in reverse order.
            """,
        bodies="""
            return " ".join(word[::-1] for word in text.split())
            ---
            result = []
            for word in text.split(" "):
                result.append(word[::-1])
            return " ".join(result)
            """,
        wrong="""
            return text[::-1]
            ---
            return " ".join(text.split()[::-1])
            """,
        reference=lambda s: " ".join(s[::-1].split(" ")[::-1]),
        plan="Split {text} into words. | Reverse each word. | Join them with spaces.",
        steps=lambda s: [s.split()],
        properties=("len(result) == len(text)",),
    ),
    Classic(
        key="word_lengths",
        tier=1,
        names="word_lengths lengths_of_words get_word_lengths length_of_each_word",
        given=(text("text", "", most=5),),
        returns="list[int]",
        says="""
            the lengths of the words in {text} as a list
            a list with the length of every word of {text}
            how long each word in {text} is, as a list of integers
            Split the sentence {text} and return the length of each word.
            the number of letters of each word of {text}, in order
            Map every word in {text} to its length.
            Word lengths of a sentence: 'tea is hot' gives [3, 2, 3].
            [length of the first word, of the second word, ...] of the sentence {text}
            """,
        bodies="""
            return [len(word) for word in text.split()]
            ---
            result = []
            for word in text.split():
                result.append(len(word))
            return result
            """,
        wrong="""
            return len(text.split())
            ---
            return [len(word) for word in text]
            """,
        reference=lambda s: [m.end() - m.start() for m in re.finditer("[^ ]+", s)],
        plan="Split {text} into words. | Take the length of each.",
        steps=lambda s: [s.split()],
        properties=("len(result) == len(text.split())",),
    ),
    Classic(
        key="acronym",
        tier=2,
        names="acronym make_acronym initials abbreviate first_letters",
        given=(text("text", "", "as soon as possible", "World Wide web", most=4),),
        returns="str",
        says="""
            the first letters of the words in {text}, in upper case and joined
            the acronym of {text}: the initial of every word as a capital letter
            Make an acronym of a phrase, e.g. 'as soon as possible' becomes 'ASAP'.
            the upper-case initials of all words in {text} as one string
            Take the first letter of each word of {text} in upper case.
            Abbreviate {text} to its words' initials, all capitals.
            a string of the capitalized first letters of the words of {text}
            Join the first characters of the words in {text} and make them upper case.
            """,
        bodies="""
            return "".join(word[0].upper() for word in text.split())
            ---
            result = ""
            for word in text.split():
                result += word[0]
            return result.upper()
            """,
        wrong="""
            return "".join(word[0] for word in text.split())
            ---
            return text[0].upper() if text else ""
            """,
        reference=lambda s: "".join(re.findall(r"\b[A-Za-z]", s)).upper(),
        plan="Split {text} into words. | Take the first letter of each. | Join them in upper case.",
        steps=lambda s: [s.split()],
        properties=("len(result) == len(text.split())", "result == result.upper()"),
    ),
    Classic(
        key="most_common_word",
        tier=3,
        names="most_common_word most_frequent_word top_word common_word",
        given=(text("text", "a b b a", "tea", "the cat and the dog", "x y y", most=5),),
        returns="str",
        says="""
            the most frequent word in {text}, the first one to appear if several are equally frequent
            the word that occurs most often in {text}; of several, the one that comes first
            Find the most common word of a sentence (first occurrence wins a tie).
            which word {text} contains most often; the earliest such word in a tie
            Return the word with the highest count in {text}, ties go to the word that appears first.
            Split {text} and return its most common word, the first one in case of a tie.
            the word of the non-empty text {text} that is repeated most, the first of several
            the mode of the words of {text} (the one that occurs first if tied)
            """,
        bodies="""
            words = text.split()
            return max(words, key=words.count)
            ---
            from collections import Counter
            return Counter(text.split()).most_common(1)[0][0]
            """,
        wrong="""
            return max(text.split(), key=len)
            ---
            words = text.split()
            return max(sorted(words), key=words.count)
            ---
            return max(text.split())
            """,
        reference=lambda s: min(s.split(), key=lambda w: (-s.split().count(w), s.split().index(w))),
        plan="Split {text} into words. | Count each. | Return the first with the highest count.",
        steps=lambda s: [s.split(), dict(Counter(s.split()))],
        properties=("result in text.split()",),
    ),
    Classic(
        key="unique_words",
        tier=2,
        names="unique_words distinct_words sorted_unique_words vocabulary",
        given=(text("text", "", "the cat the dog", "a b a", most=5),),
        returns="list[str]",
        says="""
            the distinct words of {text} in alphabetical order
            a sorted list of the different words in {text}
            Find the unique words in a sentence and sort them.
            every word that occurs in {text} once, sorted from a to z
            the vocabulary of {text} as an alphabetically sorted list
            Split {text}, drop duplicate words and sort the rest.
            Return the words of {text} without repetition, in alphabetical order.
            all different words of the text {text}, sorted
            """,
        bodies="""
            return sorted(set(text.split()))
            ---
            result = []
            for word in sorted(text.split()):
                if word not in result:
                    result.append(word)
            return result
            """,
        wrong="""
            return sorted(text.split())
            ---
            return list(dict.fromkeys(text.split()))
            ---
            return sorted(set(text))
            """,
        reference=lambda s: [k for k, _ in itertools.groupby(sorted(s.split()))],
        plan="Split {text} into words. | Remove duplicates. | Sort.",
        steps=lambda s: [s.split()],
        properties=("result == sorted(result)", "set(result) == set(text.split())"),
    ),
    Classic(
        key="count_unique_words",
        tier=2,
        names="count_unique_words count_distinct_words unique_word_count vocabulary_size",
        given=(text("text", "", "Tea tea", "a b a", most=5),),
        returns="int",
        says="""
            the number of different words in {text}, ignoring case
            how many distinct words {text} has when case does not matter
            Count the unique words of a text case-insensitively.
            the count of different lower-cased words in {text}
            Lower {text}, split it and count the distinct words.
            how many different words occur in the sentence {text}, where 'A' and 'a' are the same
            the size of the vocabulary of {text}, upper and lower case not distinguished
            Return how many unique words there are in {text} (case-insensitive).
            """,
        bodies="""
            return len(set(text.lower().split()))
            ---
            seen = []
            for word in text.lower().split():
                if word not in seen:
                    seen.append(word)
            return len(seen)
            """,
        wrong="""
            return len(set(text.split()))
            ---
            return len(text.lower().split())
            """,
        reference=lambda s: len({w.upper(): 1 for w in s.split()}),
        draw=lambda rng: (
            rng.choice(("", " ".join(rng.choice(("tea", "Tea", "a", "A", "cat")) for _ in range(rng.randint(1, 5))))),
        ),
        plan="Turn {text} to lower case and split it. | Remove duplicates. | Count.",
        steps=lambda s: [sorted(set(s.lower().split()))],
        properties=("0 <= result <= len(text.split())",),
    ),
    Classic(
        key="sort_words",
        tier=1,
        names="sort_words alphabetical_words words_sorted order_words",
        given=(text("text", "", most=5),),
        returns="str",
        says="""
            the words of {text} in alphabetical order, separated by spaces
            {text} with its words sorted alphabetically
            Sort the words of a sentence and return a sentence.
            a string of the words in {text} sorted from a to z
            Put the words of {text} in alphabetical order and join them with spaces.
            the sentence {text} with alphabetically ordered words
            Split {text}, sort the words and join them again with single spaces.
            Rearrange the lower-case words in {text} alphabetically.
            """,
        bodies="""
            return " ".join(sorted(text.split()))
            ---
            words = text.split()
            words.sort()
            return " ".join(words)
            """,
        wrong="""
            return "".join(sorted(text))
            ---
            return " ".join(sorted(text.split(), key=len))
            ---
            return sorted(text.split())
            """,
        reference=lambda s: " ".join(sorted(s.split(" "))),
        plan="Split {text} into words. | Sort them. | Join them with spaces.",
        steps=lambda s: [sorted(s.split())],
        properties=("len(result) == len(text)",),
    ),
    Classic(
        key="sort_by_length",
        tier=1,
        names="sort_by_length sort_words_by_length order_by_length shortest_first",
        given=(words("words"),),
        returns="list[str]",
        says="""
            {words} sorted by length, shortest first; equally long ones keep their order
            the strings of {words} from shortest to longest (stable)
            Sort a list of strings by their length, ascending; ties stay in order.
            a new list of {words} ordered by how long they are, same length in original order
            Order {words} by length from short to long, keeping the order of equally long ones.
            the items of {words} in order of increasing length, original order among equals
            Return {words} arranged by the number of characters; stable for equal lengths.
            Sort {words} so that shorter strings come first, and do not reorder strings of the same length.
            """,
        bodies="""
            return sorted(words, key=len)
            ---
            result = list(words)
            result.sort(key=lambda item: len(item))
            return result
            """,
        wrong="""
            return sorted(words)
            ---
            return sorted(words, key=len, reverse=True)
            """,
        reference=lambda ws: [w for n in range(20) for w in ws if len(w) == n],
        plan="Sort {words} by their lengths.",
        steps=lambda ws: [[len(w) for w in ws]],
        properties=("len(result) == len(words)", "all(len(a) <= len(b) for a, b in zip(result, result[1:]))"),
    ),
    Classic(
        key="longest_string",
        tier=1,
        names="longest_string longest max_length_word find_longest",
        given=(words("words", ["ab", "cd"], least=1),),
        returns="str",
        says="""
            the longest string in {words}, the first one if several are equally long
            the item of {words} with the most characters; the first in case of a tie
            Find the longest string in a non-empty list (first of several).
            which of {words} is longest; of equally long ones the first
            Return the first string of maximal length in the list {words}.
            the longest of the strings in {words}, ties go to the earlier one
            the element of the list {words} that has the greatest length, first one wins
            Get the string from {words} that is longest; the first, if there are more.
            """,
        bodies="""
            return max(words, key=len)
            ---
            best = words[0]
            for item in words:
                if len(item) > len(best):
                    best = item
            return best
            """,
        wrong="""
            return max(words)
            ---
            best = words[0]
            for item in words:
                if len(item) >= len(best):
                    best = item
            return best
            """,
        reference=lambda ws: next(w for w in ws if len(w) == max(map(len, ws))),
        plan="Compare the lengths of the strings. | Return the first longest.",
        steps=lambda ws: [[len(w) for w in ws]],
        properties=("result in words", "all(len(w) <= len(result) for w in words)"),
    ),
    Classic(
        key="longer_than",
        tier=1,
        names="longer_than filter_long long_words words_longer_than",
        given=(words("words"), whole("n length limit k", 1, 5)),
        returns="list[str]",
        says="""
            the strings in {words} that are longer than {n} characters
            all words of {words} with more than {n} letters, in order
            Keep only the strings of {words} whose length is greater than {n}.
            a list of the items in {words} that have more than {n} characters
            Filter {words} to those longer than {n}.
            Return each string in {words} of length above {n}.
            {words} without the strings of {n} or fewer characters
            Drop all strings from {words} that are not longer than {n}.
            """,
        bodies="""
            return [item for item in words if len(item) > n]
            ---
            result = []
            for item in words:
                if len(item) > n:
                    result.append(item)
            return result
            """,
        wrong="""
            return [item for item in words if len(item) >= n]
            ---
            return [item for item in words if len(item) < n]
            """,
        reference=lambda ws, n: [w for w in ws if w[n:]],
        plan="Go through {words}. | Keep those with more than {n} characters.",
        properties=("all(len(w) > n for w in result)",),
    ),
    Classic(
        key="filter_prefix",
        tier=1,
        names="filter_prefix starting_with with_prefix words_starting_with",
        given=(words("words"), one_of("prefix start p beginning", "str", "a", "b", "s", "t", "li", "ea")),
        returns="list[str]",
        says="""
            the strings in {words} that start with {prefix}
            all words of {words} beginning with {prefix}, in order
            Keep only the strings of {words} that have {prefix} at the start.
            a list of the items in {words} whose beginning is {prefix}
            Filter {words} to those with the prefix {prefix}.
            Return each string in {words} which starts with {prefix}.
            {words} without the strings that do not begin with {prefix}
            Find all strings of the list {words} with the prefix {prefix}.
            """,
        bodies="""
            return [item for item in words if item.startswith(prefix)]
            ---
            result = []
            for item in words:
                if item[:len(prefix)] == prefix:
                    result.append(item)
            return result
            """,
        wrong="""
            return [item for item in words if prefix in item]
            ---
            return [item for item in words if item.endswith(prefix)]
            """,
        reference=lambda ws, p: [w for w in ws if w.find(p) == 0],
        plan="Go through {words}. | Keep those that start with {prefix}.",
        properties=("all(w.startswith(prefix) for w in result)",),
    ),
    Classic(
        key="filter_containing",
        tier=1,
        names="filter_containing containing words_with contains_letter words_containing",
        given=(words("words"), one_of("part letter s sub", "str", "a", "e", "o", "ea", "t")),
        returns="list[str]",
        says="""
            the strings in {words} that contain {part}
            all words of {words} with {part} somewhere in them, in order
            Keep only the strings of {words} in which {part} occurs.
            a list of the items in {words} that include {part}
            Filter {words} to those containing {part}.
            Return each string in {words} which has {part} in it.
            {words} without the strings that do not contain {part}
            Find all strings of the list {words} with {part} at any place.
            """,
        bodies="""
            return [item for item in words if part in item]
            ---
            result = []
            for item in words:
                if part in item:
                    result.append(item)
            return result
            """,
        wrong="""
            return [item for item in words if item.startswith(part)]
            ---
            return [item for item in words if part not in item]
            """,
        reference=lambda ws, p: [w for w in ws if w.count(p)],
        plan="Go through {words}. | Keep those that contain {part}.",
        properties=("all(part in w for w in result)",),
    ),
    Classic(
        key="uppercase_all",
        tier=1,
        names="uppercase_all upper_all to_upper shout make_upper",
        given=(words("words", mixed=True),),
        returns="list[str]",
        says="""
            a list of the strings in {words} in upper case
            every string of {words} turned to upper case
            Convert each string of {words} to uppercase.
            {words} with all letters capital
            the upper-case versions of the strings in {words}
            Return a new list in which all strings of {words} are in capitals.
            Make all the words in the list {words} upper case.
            Map each of {words} to its upper-case form.
            """,
        bodies="""
            return [item.upper() for item in words]
            ---
            result = []
            for item in words:
                result.append(item.upper())
            return result
            """,
        wrong="""
            return [item.capitalize() for item in words]
            ---
            return [item.lower() for item in words]
            """,
        reference=lambda ws: "\n".join(ws).upper().split("\n") if ws else [],
        plan="Go through {words}. | Turn each to upper case.",
        properties=("len(result) == len(words)",),
    ),
    Classic(
        key="join_with",
        tier=1,
        names="join_words join_with join_strings combine_words concat_with",
        given=(words("words"), one_of("separator sep s glue", "str", ", ", "-", " ", "", "/")),
        returns="str",
        says="""
            the strings in {words} joined with {separator} between them
            Join {words} into one string, separated by {separator}.
            one string of all {words} with {separator} between each two
            Concatenate the strings of {words}, putting {separator} between them.
            {words} put together as a string, {separator} as the separator
            Combine a list of strings to one, with {separator} in between.
            Return {words} glued together by {separator}.
            the strings of {words} one after the other, divided by {separator}
            """,
        bodies="""
            return separator.join(words)
            ---
            result = ""
            for i, item in enumerate(words):
                if i > 0:
                    result += separator
                result += item
            return result
            """,
        wrong="""
            return "".join(item + separator for item in words)
            ---
            return "".join(words)
            """,
        reference=lambda ws, sep: "".join([x for w in ws for x in (sep, w)][1:]),
        plan="Join {words} with {separator} between them.",
        properties=("words or result == ''",),
        thought="No separator comes after the last string.",
    ),
    Classic(
        key="join_with_and",
        tier=3,
        names="join_with_and list_to_sentence english_list human_list oxford_join",
        given=(words("words", [], ["a"], ["a", "b"], ["a", "b", "c"], most=4),),
        returns="str",
        says="""
            {words} as a list in English: 'a', 'a and b', 'a, b and c'; '' if there are none
            the strings of {words} separated by commas, but 'and' before the last one; empty string for no strings
            Join {words} with ', ' and put ' and ' between the last two ('' for an empty list).
            Turn a list of words into 'a, b and c' (two give 'a and b', one stays alone, none gives '').
            a human-readable enumeration of {words}: commas between, 'and' before the last, no comma before 'and'
            Write {words} as an English enumeration like 'x, y and z'; one item is returned as it is, none as ''.
            {words} joined by commas except that the last is joined by ' and ' (empty string if {words} is empty)
            Format {words} as text: ['x'] gives 'x', ['x', 'y'] gives 'x and y', ['x', 'y', 'z'] gives 'x, y and z', [] ''.
            """,
        bodies="""
            if len(words) < 2:
                return "".join(words)
            return ", ".join(words[:-1]) + " and " + words[-1]
            ---
            if not words:
                return ""
            if len(words) == 1:
                return words[0]
            return ", ".join(words[:-1]) + " and " + words[-1]
            """,
        wrong="""
            return ", ".join(words)
            ---
            return " and ".join(words)
            ---
            if len(words) < 2:
                return "".join(words)
            return ", ".join(words[:-1]) + ", and " + words[-1]
            """,
        reference=lambda ws: re.sub(", ([a-z]+)$", r" and \1", ", ".join(ws)),
        plan=(
            "Fewer than two strings are returned as they are. | Join all but the last with commas. | "
            "Append ' and ' and the last."
        ),
        properties=("all(w in result for w in words)",),
    ),
    Classic(
        key="total_length",
        tier=1,
        names="total_length sum_of_lengths total_chars combined_length",
        given=(words("words"),),
        returns="int",
        says="""
            the total number of characters in all strings of {words}
            the sum of the lengths of the strings in {words}
            how many characters all of {words} have together
            Add up the lengths of all strings in {words}.
            the combined length of the strings in the list {words}
            Count the characters of every string in {words} and sum them.
            Return how long all of {words} are in total.
            the number of letters in all words of the list {words} together
            """,
        bodies="""
            return sum(len(item) for item in words)
            ---
            return len("".join(words))
            """,
        wrong="""
            return len(words)
            ---
            return max((len(item) for item in words), default=0)
            """,
        reference=lambda ws: sum(1 for _ in itertools.chain(*ws)),
        plan="Take the length of each string. | Add them up.",
        steps=lambda ws: [[len(w) for w in ws]],
        properties=("result >= 0",),
    ),
    Classic(
        key="count_words_of_length",
        tier=1,
        names="count_words_of_length words_of_length count_by_length how_many_long",
        given=(words("words"), whole("n length size k", 1, 6, 3)),
        returns="int",
        says="""
            the number of strings in {words} with exactly {n} characters
            how many words of {words} are {n} letters long
            Count the strings in {words} whose length is {n}.
            the count of items in {words} of length {n}
            how many strings of the list {words} have {n} characters
            Count each string in {words} that is exactly {n} long.
            Return how many of {words} have a length of {n}.
            Given {words} and {n}, count the {n}-letter words.
            """,
        bodies="""
            return sum(1 for item in words if len(item) == n)
            ---
            count = 0
            for item in words:
                if len(item) == n:
                    count += 1
            return count
            """,
        wrong="""
            return sum(1 for item in words if len(item) >= n)
            ---
            return sum(1 for item in words if len(item) > n)
            """,
        reference=lambda ws, n: [len(w) for w in ws].count(n),
        plan="Go through {words}. | Count those with {n} characters.",
        steps=lambda ws, n: [[len(w) for w in ws]],
        properties=("0 <= result <= len(words)",),
    ),
    Classic(
        key="word_to_length",
        tier=1,
        names="lengths_dict word_lengths_dict map_lengths length_by_word",
        given=(words("words"),),
        returns="dict[str, int]",
        says="""
            a dictionary from each string in {words} to its length
            a dict with {words} as keys and their lengths as values
            Map every string of {words} to the number of its characters.
            the lengths of the strings in {words} as a dictionary keyed by string
            Build a dict: word of {words} to length of the word.
            how long each of {words} is, as a dict
            Return a dictionary of the strings in {words} and how many characters each has.
            For each string of the list {words} store its length in a dict.
            """,
        bodies="""
            return {item: len(item) for item in words}
            ---
            result = {}
            for item in words:
                result[item] = len(item)
            return result
            """,
        wrong="""
            return {len(item): item for item in words}
            ---
            return [len(item) for item in words]
            """,
        reference=lambda ws: dict(zip(ws, map(len, ws), strict=True)),
        plan="Go through {words}. | Store the length of each under it.",
        properties=("set(result) == set(words)", "all(result[w] == len(w) for w in words)"),
    ),
    Classic(
        key="group_by_first_letter",
        tier=3,
        names="group_by_first_letter group_by_initial index_words by_first_letter",
        given=(words("words"),),
        returns="dict[str, list[str]]",
        says="""
            a dictionary from first letters to the lists of the {words} that start with them, in order
            {words} grouped by their first letter, as a dict of lists
            Group the strings in {words} by initial letter (dict from letter to list of words).
            a dict that has each initial of {words} as key and the words with that initial as a list
            Map every first letter occurring in {words} to the list of words beginning with it.
            Sort {words} into groups by first character; return a dict of lists.
            the words of {words} by their first letters: {'a': [...], 'b': [...]}
            Build an index of {words}: first letter to list of its words in original order.
            """,
        bodies="""
            groups = {}
            for item in words:
                groups.setdefault(item[0], []).append(item)
            return groups
            ---
            groups = {}
            for item in words:
                if item[0] not in groups:
                    groups[item[0]] = []
                groups[item[0]].append(item)
            return groups
            """,
        wrong="""
            return {item[0]: [item] for item in words}
            ---
            groups = {}
            for item in words:
                groups.setdefault(item[-1], []).append(item)
            return groups
            """,
        reference=lambda ws: {c: [w for w in ws if w.startswith(c)] for c in [w[0] for w in ws]},
        plan="Start with an empty dict. | Append each word to the list of its first letter. | Return the dict.",
        properties=("sum(len(group) for group in result.values()) == len(words)",),
        thought="The list of a letter must be made before the first word goes into it.",
    ),
    Classic(
        key="group_by_length",
        tier=3,
        names="group_by_length words_by_length bucket_by_length by_length",
        given=(words("words"),),
        returns="dict[int, list[str]]",
        says="""
            a dictionary from lengths to the lists of the {words} of that length, in order
            {words} grouped by length, as a dict of lists
            Group the strings in {words} by how long they are (dict from length to list of strings).
            a dict that has each length occurring in {words} as key and the words of that length as a list
            Map every word length in {words} to the list of words with it.
            Sort {words} into groups by number of characters; return a dict of lists.
            the words of {words} by their lengths: {3: [...], 5: [...]}
            Build an index of {words}: length to list of its strings in original order.
            """,
        bodies="""
            groups = {}
            for item in words:
                groups.setdefault(len(item), []).append(item)
            return groups
            ---
            from collections import defaultdict
            groups = defaultdict(list)
            for item in words:
                groups[len(item)].append(item)
            return dict(groups)
            """,
        wrong="""
            return {len(item): [item] for item in words}
            ---
            groups = {}
            for item in words:
                groups[len(item)] = groups.get(len(item), 0) + 1
            return groups
            """,
        reference=lambda ws: {n: [w for w in ws if len(w) == n] for n in map(len, ws)},
        plan="Start with an empty dict. | Append each word to the list of its length. | Return the dict.",
        properties=("sum(len(group) for group in result.values()) == len(words)",),
    ),
    Classic(
        key="group_anagrams",
        tier=3,
        names="group_anagrams anagram_groups collect_anagrams",
        given=(
            one_of(
                "words strings items names",
                "list[str]",
                [],
                ["a"],
                ["eat", "tea", "tan", "ate", "nat", "bat"],
                ["stop", "tops", "cat"],
                ["abc", "def"],
                ["ab", "ba", "ab"],
                ["listen", "silent", "tin", "nit"],
            ),
        ),
        returns="list[list[str]]",
        says="""
            the {words} grouped into lists of anagrams, groups and words in order of first appearance
            Group anagrams: a list of lists of those strings in {words} that have the same letters, in original order.
            Lists of all words in {words} that are anagrams of each other; groups ordered by their first word
            Put the strings of {words} that consist of the same letters into one list each, keeping the order.
            a list of groups of {words}, each group holding the words with equal sorted letters, first seen first
            Collect anagrams of {words} into sublists (order of first occurrence).
            Return the anagram groups of {words} as a list of lists, in the order in which they appear.
            Partition {words} so that words made of the same letters are together; keep the order of appearance.
            """,
        bodies="""
            groups = {}
            for item in words:
                groups.setdefault("".join(sorted(item)), []).append(item)
            return list(groups.values())
            ---
            groups = []
            for item in words:
                for group in groups:
                    if sorted(group[0]) == sorted(item):
                        group.append(item)
                        break
                else:
                    groups.append([item])
            return groups
            """,
        wrong="""
            groups = {}
            for item in words:
                groups.setdefault(len(item), []).append(item)
            return list(groups.values())
            ---
            groups = {}
            for item in words:
                groups.setdefault(item[0], []).append(item)
            return list(groups.values())
            """,
        reference=lambda ws: [
            [w for w in ws if Counter(w) == Counter(first)]
            for i, first in enumerate(ws)
            if not any(Counter(first) == Counter(w) for w in ws[:i])
        ],
        plan="Sort the letters of each word. | Collect words with the same sorted letters. | Return the groups.",
        properties=("sum(len(group) for group in result) == len(words)",),
    ),
    Classic(
        key="camel_to_snake",
        tier=3,
        names="camel_to_snake to_snake_case snake_case camel_case_to_snake",
        given=(
            one_of("name text s identifier", "str", "camelCase", "name", "", "getUserName", "aB", "toInt", "myBigList"),
        ),
        returns="str",
        says="""
            the camelCase name {name} in snake_case
            {name} with an underscore before every capital and all letters lower case
            Convert camelCase to snake_case: 'camelCase' becomes 'camel_case'.
            Turn the camel-case identifier {name} into a snake-case one.
            {name}, where each upper-case letter is replaced by '_' and its lower-case form
            the snake_case version of the camelCase identifier {name}
            Replace every capital letter of {name} by an underscore followed by the small letter.
            Rewrite {name} from lower camel case to words in lower case joined by underscores.
            """,
        bodies="""
            result = ""
            for char in name:
                if char.isupper():
                    result += "_" + char.lower()
                else:
                    result += char
            return result
            ---
            return "".join("_" + char.lower() if char.isupper() else char for char in name)
            """,
        wrong="""
            return name.lower()
            ---
            return "".join("_" + char if char.isupper() else char for char in name)
            """,
        reference=lambda s: re.sub("([A-Z])", r"_\1", s).lower(),
        plan="Go through {name}. | Replace each capital by an underscore and the small letter. | Keep the others.",
        properties=("result == result.lower()", "result.replace('_', '') == name.lower()"),
    ),
    Classic(
        key="snake_to_camel",
        tier=3,
        names="snake_to_camel to_camel_case camel_case snake_case_to_camel",
        given=(
            one_of(
                "name text s identifier",
                "str",
                "snake_case",
                "name",
                "",
                "get_user_name",
                "a_b",
                "to_int",
                "my_big_list",
            ),
        ),
        returns="str",
        says="""
            the snake_case name {name} in camelCase
            {name} without underscores, every word but the first capitalized
            Convert snake_case to camelCase: 'snake_case' becomes 'snakeCase'.
            Turn the snake-case identifier {name} into a lower camel-case one.
            the camelCase version of the snake_case identifier {name}
            Remove the underscores of {name} and make the letter after each of them a capital.
            Rewrite {name} from words joined by underscores to lower camel case.
            {name}, where each '_' and the letter after it are replaced by the capital letter
            """,
        bodies="""
            parts = name.split("_")
            return parts[0] + "".join(part.capitalize() for part in parts[1:])
            ---
            result = ""
            for i, char in enumerate(name):
                if char == "_":
                    continue
                result += char.upper() if i > 0 and name[i - 1] == "_" else char
            return result
            """,
        wrong="""
            return "".join(part.capitalize() for part in name.split("_"))
            ---
            return name.replace("_", "")
            """,
        reference=lambda s: re.sub("_([a-z])", lambda match: match[1].upper(), s),
        plan="Split {name} at underscores. | Capitalize all parts but the first. | Join them.",
        steps=lambda s: [s.split("_")],
        properties=("'_' not in result", "result.lower() == name.replace('_', '')"),
        thought="The first word keeps its small letter.",
    ),
    Classic(
        key="slugify",
        tier=2,
        names="slugify make_slug to_slug url_slug",
        given=(
            one_of(
                "title text s name", "str", "Hello World", "one", "", "My First Post", " Big  Cat ", "A b C", "tea Time"
            ),
        ),
        returns="str",
        says="""
            {title} in lower case with its words joined by hyphens
            a URL slug of {title}: lower case, hyphens between the words
            Turn a title into a slug, e.g. 'Hello World' becomes 'hello-world'.
            the words of {title} in lower case, separated by '-'
            Lower {title} and replace the whitespace between words by single hyphens (none at the ends).
            Make a slug: split {title} into words, lower-case them, join with '-'.
            {title} as a slug with hyphens in place of runs of spaces, all lower case, trimmed
            Return the lower-case words of {title} connected by hyphens.
            """,
        bodies="""
            return "-".join(title.lower().split())
            """,
        wrong="""
            return title.lower().replace(" ", "-")
            ---
            return "-".join(title.split())
            ---
            return "_".join(title.lower().split())
            """,
        reference=lambda s: re.sub(" +", "-", s.strip(" ")).lower(),
        plan="Turn {title} to lower case. | Split it into words. | Join them with hyphens.",
        steps=lambda s: [s.lower().split()],
        properties=("' ' not in result", "result == result.lower()"),
    ),
    Classic(
        key="initials",
        tier=2,
        names="initials get_initials name_initials abbreviate_name",
        given=(
            one_of(
                "name full_name text s",
                "str",
                "Ada Lovelace",
                "grace hopper",
                "Alan M Turing",
                "Bob",
                "john ronald tolkien",
            ),
        ),
        returns="str",
        says="""
            the initials of {name}: the first letter of each part in upper case, each followed by a dot
            the capital initials of the full name {name} with dots, like 'A.L.'
            Get the initials of a name: 'ada lovelace' gives 'A.L.'.
            the first letters of the words in {name} as capitals with a dot after each
            Turn the name {name} into initials such as 'J.R.T.'.
            Abbreviate {name} to upper-case initials, each with a full stop.
            for each word of {name} its first letter in upper case and '.', all joined
            Return the initials of {name}, capitalized and dotted without spaces.
            """,
        bodies="""
            return "".join(part[0].upper() + "." for part in name.split())
            ---
            result = ""
            for part in name.split():
                result += part[0].upper() + "."
            return result
            """,
        wrong="""
            return "".join(part[0].upper() for part in name.split())
            ---
            return ".".join(part[0].upper() for part in name.split())
            ---
            return "".join(part[0] + "." for part in name.split())
            """,
        reference=lambda s: re.sub(r"(\w)\w*\s*", r"\1.", s).upper(),
        plan=(
            "Split {name} into words. | Take the first letter of each in upper case. | Put a dot after each and join."
        ),
        steps=lambda s: [s.split()],
        properties=("len(result) == 2 * len(name.split())",),
    ),
    Classic(
        key="replace_words",
        tier=2,
        names="censor censor_word hide_word mask_word",
        given=(text("text s sentence string", "", most=5), word("bad word_to_hide target forbidden")),
        returns="str",
        says="""
            {text} with every word equal to {bad} replaced by as many '*' as it has letters
            Censor the word {bad} in {text}: put a star for each of its letters, only whole words.
            the sentence {text}, each word {bad} hidden by stars of the same length
            Replace each word of {text} that is {bad} by asterisks, one per letter.
            Hide {bad} in {text}: words equal to it become '***' of equal length, others stay.
            Return {text} where the whole word {bad} is starred out letter by letter.
            the words of {text}, those equal to {bad} as stars, joined by spaces
            Mask every occurrence of the word {bad} in {text} with '*' characters (same length, whole words only).
            """,
        bodies="""
            return " ".join("*" * len(w) if w == bad else w for w in text.split())
            ---
            result = []
            for w in text.split(" "):
                if w == bad:
                    result.append("*" * len(bad))
                else:
                    result.append(w)
            return " ".join(result)
            """,
        wrong="""
            return text.replace(bad, "*" * len(bad))
            ---
            return " ".join("***" if w == bad else w for w in text.split())
            """,
        reference=lambda s, bad: re.sub(rf"(?<!\S){re.escape(bad)}(?!\S)", "*" * len(bad), s),
        draw=lambda rng: rng.choice(
            (
                ("the cat sat", "cat"),
                ("cats and a cat", "cat"),
                ("", "a"),
                ("tea is hot tea", "tea"),
                ("a banana a day", "a"),
                ("no dog here", "bird"),
                ("an ant and an aunt", "an"),
                ("house", "house"),
            )
        ),
        plan="Split {text} into words. | Replace those equal to {bad} by stars. | Join them with spaces.",
        steps=lambda s, bad: [s.split()],
        properties=("len(result) == len(text)",),
    ),
    Classic(
        key="pig_latin",
        tier=3,
        names="pig_latin to_pig_latin piglatin translate",
        given=(text("text", "", "eat", "pig", most=4),),
        returns="str",
        says="""
            {text} in a simple pig latin: each word's first letter moved to its end and 'ay' added
            Move the first letter of every word in {text} to the end of the word and append 'ay'.
            every word of {text} without its first letter, followed by that letter and 'ay', joined by spaces
            Pig latin: 'pig' becomes 'igpay', for all words of {text} whatever letter they start with.
            Translate {text} to pig latin by putting each word's first letter last and adding 'ay'.
            the words of {text}, each rotated by one letter and with 'ay' at the end
            Turn each word w of {text} into w without its first letter + first letter + 'ay'.
            Return {text} with each word changed to pig latin (first letter to the back, then 'ay').
            """,
        bodies="""
            return " ".join(word[1:] + word[0] + "ay" for word in text.split())
            ---
            result = []
            for word in text.split():
                result.append(word[1:] + word[0] + "ay")
            return " ".join(result)
            """,
        wrong="""
            return " ".join(word + "ay" for word in text.split())
            ---
            return " ".join(word[0] + word[1:] + "ay" for word in text.split())
            """,
        reference=lambda s: re.sub(r"([a-z])([a-z]*)", r"\2\1ay", s),
        plan="Split {text} into words. | Move each first letter to the end and add 'ay'. | Join them with spaces.",
        steps=lambda s: [s.split()],
        properties=("len(result) == len(text) + 2 * len(text.split())",),
    ),
    Classic(
        key="average_word_length",
        tier=2,
        names="average_word_length mean_word_length avg_word_length",
        given=(text("text", "", "a bb", most=4),),
        returns="float",
        says="""
            the average length of the words in {text}, 0 if there are none
            how long the words of {text} are on average (0 for an empty text)
            the mean number of letters per word in {text}; 0 without words
            Compute the average word length of a sentence; return 0 for an empty one.
            the total length of the words of {text} divided by their number, or 0 if {text} has no words
            Split {text} and return the mean of the word lengths, 0 when there is no word.
            Average the lengths of all words in {text}. No words give 0.
            the mean word length of {text}, or 0 if it is empty
            """,
        bodies="""
            words = text.split()
            if not words:
                return 0
            return sum(len(word) for word in words) / len(words)
            """,
        wrong="""
            words = text.split()
            if not words:
                return 0
            return len(text) / len(words)
            ---
            words = text.split()
            return sum(len(word) for word in words) / len(words)
            """,
        reference=lambda s: (len(s) - s.count(" ")) / (s.count(" ") + 1) if s else 0,
        plan=(
            "Split {text} into words. | If there are none, return 0. | "
            "Divide the sum of the lengths by the number of words."
        ),
        steps=lambda s: [[len(w) for w in s.split()]],
        properties=("result >= 0",),
        thought="Spaces are not part of the words.",
    ),
    Classic(
        key="first_word",
        tier=1,
        names="first_word get_first_word leading_word",
        given=(text("text", "", " hi there", most=4),),
        returns="str",
        says="""
            the first word of {text}, or '' if there is none
            the word with which {text} begins; an empty string without words
            Get the first word of a sentence ('' for an empty one).
            Return the leading word of {text}, '' when it has no words.
            the first run of characters other than spaces in {text}, '' if there is none
            Split {text} at whitespace and return the first part, or '' if nothing is there.
            which word of {text} comes first; '' if {text} is blank
            the first of the words in {text} (empty string if it has none)
            """,
        bodies="""
            words = text.split()
            return words[0] if words else ""
            ---
            if not text.strip():
                return ""
            return text.split()[0]
            """,
        wrong="""
            return text.split(" ")[0]
            ---
            return text.split()[0]
            ---
            return text[:1]
            """,
        reference=lambda s: [*re.findall(r"\S+", s), ""][0],
        plan="Split {text} into words. | If there are none, return ''. | Return the first.",
        steps=lambda s: [s.split()],
        properties=("' ' not in result",),
    ),
    Classic(
        key="last_word",
        tier=1,
        names="last_word get_last_word final_word",
        given=(text("text", "", "good bye ", most=4),),
        returns="str",
        says="""
            the last word of {text}, or '' if there is none
            the word with which {text} ends; an empty string without words
            Get the last word of a sentence ('' for an empty one).
            Return the final word of {text}, '' when it has no words.
            Split {text} at whitespace and return the last part, or '' if nothing is there.
            which word of {text} comes last; '' if {text} is blank
            the last of the words in {text} (empty string if it has none)
            the word at the end of {text}, ignoring trailing spaces; '' if there is no word
            """,
        bodies="""
            words = text.split()
            return words[-1] if words else ""
            """,
        wrong="""
            return text.split(" ")[-1]
            ---
            return text.split()[0] if text.split() else ""
            """,
        reference=lambda s: (["", *re.findall(r"\S+", s)])[-1],
        plan="Split {text} into words. | If there are none, return ''. | Return the last.",
        steps=lambda s: [s.split()],
        properties=("' ' not in result",),
    ),
    Classic(
        key="remove_empty_strings",
        tier=1,
        names="remove_empty drop_empty filter_empty non_empty remove_blank_strings",
        given=(
            one_of(
                "words strings items names",
                "list[str]",
                [],
                [""],
                ["a", "", "b"],
                ["x", "y"],
                ["", "", "tea"],
                [" ", "", "c"],
            ),
        ),
        returns="list[str]",
        says="""
            {words} without empty strings
            the non-empty strings of {words}, in order
            Remove all empty strings from {words}.
            a list of the strings in {words} that are not ''
            Filter the empty strings out of {words}; a space is not empty.
            Drop every '' in the list {words}.
            Return only those strings of {words} that have at least one character.
            Keep the items of {words} whose length is not 0.
            """,
        bodies="""
            return [item for item in words if item]
            ---
            return [item for item in words if item != ""]
            ---
            return list(filter(None, words))
            """,
        wrong="""
            return [item for item in words if item.strip()]
            ---
            return [item for item in words if not item]
            """,
        reference=lambda ws: [w for w in ws if len(w) > 0],
        plan="Go through {words}. | Keep those that are not empty.",
        properties=("'' not in result", "len(result) == len(words) - words.count('')"),
        thought="A string of spaces is not empty.",
    ),
    Classic(
        key="number_lines",
        tier=2,
        names="number_lines add_line_numbers enumerate_lines numbered",
        given=(words("lines rows items entries"),),
        returns="list[str]",
        says="""
            {lines} with '1. ', '2. ' and so on put before them
            each of {lines} preceded by its number, a dot and a space, counting from 1
            Number the strings in {lines}: '1. first', '2. second', ...
            a list of number, dot, space and text for every string in {lines}, numbers starting with 1
            Add line numbers from 1 on to the strings of {lines}, in the form '1. text'.
            Return {lines} as a numbered list of strings ('1. a', '2. b').
            Prefix every string of {lines} with its position (first is 1), '.' and a space.
            Turn ['a', 'b'] into ['1. a', '2. b'] for the list {lines}.
            """,
        bodies="""
            return [f"{i}. {line}" for i, line in enumerate(lines, 1)]
            ---
            result = []
            for i in range(len(lines)):
                result.append(str(i + 1) + ". " + lines[i])
            return result
            """,
        wrong="""
            return [f"{i}. {line}" for i, line in enumerate(lines)]
            ---
            return [f"{i} {line}" for i, line in enumerate(lines, 1)]
            """,
        reference=lambda ws: [". ".join((str(n), w)) for n, w in zip(itertools.count(1), ws, strict=False)],
        plan="Count the strings from 1 on. | Put number, dot and space before each.",
        properties=("len(result) == len(lines)",),
    ),
    Classic(
        key="strip_all",
        tier=1,
        names="strip_all trim_all strip_strings clean_strings trim_each",
        given=(
            one_of(
                "words strings items names",
                "list[str]",
                [],
                [" a "],
                ["a", " b", "c "],
                ["x y "],
                ["", " "],
                ["  tea", "hot  "],
            ),
        ),
        returns="list[str]",
        says="""
            the strings in {words} without spaces at their beginnings and ends
            Strip the whitespace around each string in {words}.
            {words} with leading and trailing spaces removed from every string
            a list of the trimmed strings of {words}
            Trim every string of the list {words} on both sides.
            Return {words}, each one stripped of surrounding whitespace.
            Remove spaces before and after each string of {words}; spaces inside stay.
            Clean all strings in {words} of outer whitespace.
            """,
        bodies="""
            return [item.strip() for item in words]
            ---
            result = []
            for item in words:
                result.append(item.strip())
            return result
            """,
        wrong="""
            return [item.lstrip() for item in words]
            ---
            return [item.replace(" ", "") for item in words]
            """,
        reference=lambda ws: [re.sub("^ +| +$", "", w) for w in ws],
        plan="Go through {words}. | Strip each.",
        properties=("len(result) == len(words)", "all(w == w.strip() for w in result)"),
    ),
    Classic(
        key="contains_word",
        tier=2,
        names="contains_word has_word word_in_text includes_word",
        given=(text("text s sentence string"), word("word w target term")),
        returns="bool",
        says="""
            whether {text} contains {word} as a whole word, ignoring case
            whether {word} is one of the words of {text}; case does not matter
            True if some word of {text} equals {word} when both are lower case
            Return True if the sentence {text} has the word {word} in it (whole word, any case).
            Does {text} contain the word {word}? Compare whole words case-insensitively.
            Check if {word} occurs in {text} as a separate word, regardless of case.
            whether splitting the lower-cased {text} gives the lower-cased {word} among the words
            True if {word} is among the space-separated words of {text}, upper and lower case being equal
            """,
        bodies="""
            return word.lower() in text.lower().split()
            ---
            for w in text.split():
                if w.lower() == word.lower():
                    return True
            return False
            """,
        wrong="""
            return word.lower() in text.lower()
            ---
            return word in text.split()
            """,
        reference=lambda s, w: re.search(rf"(?<!\S){re.escape(w)}(?!\S)", s, re.IGNORECASE) is not None,
        draw=lambda rng: rng.choice(
            (
                ("the cat sat", "cat"),
                ("concatenate", "cat"),
                ("The Cat", "cat"),
                ("", "a"),
                ("tea time", "TEA"),
                ("a dog", "cat"),
                ("catalog of cats", "cat"),
                ("hot tea", "ea"),
                ("stop it", "Stop"),
            )
        ),
        plan="Turn both to lower case. | Split {text} into words. | Return whether {word} is among them.",
        steps=lambda s, w: [s.lower().split()],
    ),
    Classic(
        key="alternate_case",
        tier=2,
        names="alternate_case alternating_case spongebob mock_text",
        given=(word("text", "", "a", mixed=True),),
        returns="str",
        says="""
            {text} with characters in upper and lower case by turns, beginning with upper case
            Make the characters at even positions of {text} upper case and the others lower case.
            {text} in alternating case: first letter capital, second small, third capital and so on
            Alternate the case of {text}: 'hello' becomes 'HeLlO'.
            the string {text} whose characters at index 0, 2, 4, ... are capitals, the rest lower case
            Switch between upper and lower case with each character of {text}, starting with upper.
            Return {text} with every second letter lower case and the others upper case, starting upper.
            Upper-case even-indexed characters of {text}, lower-case odd-indexed ones.
            """,
        bodies="""
            result = ""
            for i, char in enumerate(text):
                if i % 2 == 0:
                    result += char.upper()
                else:
                    result += char.lower()
            return result
            ---
            return "".join(c.lower() if i % 2 else c.upper() for i, c in enumerate(text))
            """,
        wrong="""
            return "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text))
            ---
            return "".join(c if i % 2 else c.upper() for i, c in enumerate(text))
            """,
        reference=lambda s: re.sub("(.)(.?)", lambda m: m[1].upper() + m[2].lower(), s),
        plan="Go through {text} with indexes. | Upper case at even indexes, lower case at odd ones. | Join.",
        properties=("len(result) == len(text)", "result.lower() == text.lower()"),
    ),
)
