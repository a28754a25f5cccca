"""Dictionaries, sets and tuples."""

from __future__ import annotations

import itertools
import operator
from collections import ChainMap

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import counts, number_set, numbers, one_of, pairs, whole, words

CLASSICS = (
    Classic(
        key="invert_dict",
        tier=2,
        names="invert_dict swap_keys_values reverse_dict flip_dict invert",
        given=(
            one_of(
                "mapping d data table",
                "dict[str, int]",
                {},
                {"a": 1},
                {"a": 1, "b": 2},
                {"x": 5, "y": 7, "z": 9},
                {"cat": 3, "dog": 4},
                {"one": 1, "ten": 10},
            ),
        ),
        returns="dict[int, str]",
        says="""
            a dictionary with the keys and values of {mapping} swapped; all values are different
            {mapping} inverted: its values become keys and its keys become values (values are unique)
            Swap keys and values of a dict whose values are all different.
            a dict from each value of {mapping} to its key; no value occurs twice
            Invert the dictionary {mapping}, which has no equal values.
            Turn {'a': 1} into {1: 'a'}: exchange keys and values of {mapping} (values are distinct).
            Return the reverse mapping of {mapping}, from the distinct values to the keys.
            Map every value in {mapping} back to its key; values do not repeat.
            """,
        bodies="""
            return {value: key for key, value in mapping.items()}
            ---
            result = {}
            for key in mapping:
                result[mapping[key]] = key
            return result
            """,
        wrong="""
            return {key: value for key, value in mapping.items()}
            ---
            return list(mapping.values())
            """,
        reference=lambda d: dict(zip(d.values(), d.keys(), strict=True)),
        plan="Go through the items of {mapping}. | Store each key under its value.",
        properties=("all(mapping[result[value]] == value for value in result)", "len(result) == len(mapping)"),
    ),
    Classic(
        key="merge_dicts",
        tier=1,
        names="merge_dicts combine_dicts merge update_dict join_dicts",
        given=(counts("a first d1 left"), counts("b second d2 right")),
        returns="dict[str, int]",
        says="""
            a new dictionary with the items of {a} and {b}; values of {b} win for keys in both
            Merge two dicts; where both have a key, take the value of {b}.
            {a} updated with {b}, as a new dict
            all keys and values of {a} and {b} in one dict, {b} overriding {a}
            Combine {a} and {b} into a new dictionary, the second one having precedence.
            Return {a} and {b} merged without changing either; on equal keys {b} counts.
            the union of the dictionaries {a} and {b}, preferring {b}'s values
            Join two dictionaries; entries of {b} overwrite those of {a} with the same key.
            """,
        bodies="""
            return {**a, **b}
            ---
            result = dict(a)
            result.update(b)
            return result
            ---
            return a | b
            """,
        wrong="""
            return {**b, **a}
            ---
            return {key: value for key, value in a.items() if key in b}
            """,
        reference=lambda a, b: dict(ChainMap(b, a)),
        draw=lambda rng: tuple({k: rng.randint(0, 9) for k in rng.sample("abcd", rng.randint(0, 3))} for _ in "ab"),
        plan="Copy {a}. | Put in all items of {b}. | Return the copy.",
        properties=("set(result) == set(a) | set(b)", "all(result[key] == b[key] for key in b)"),
    ),
    Classic(
        key="merge_sum_dicts",
        tier=3,
        names="sum_dicts add_dicts merge_and_sum combine_counts add_counts",
        given=(counts("a first d1 left"), counts("b second d2 right")),
        returns="dict[str, int]",
        says="""
            a dictionary with all keys of {a} and {b}; values of keys that are in both are added
            Merge two dicts of numbers, adding the values of equal keys.
            {a} and {b} combined, where a key in both has the sum of its two values
            Add up the values of {a} and {b} key by key; a missing key counts as 0.
            the key-wise sum of the dictionaries {a} and {b}
            Combine the counts in {a} and {b}: add them for keys that occur in both.
            Return a new dict with the total of {a} and {b} for every key of either.
            for each key of {a} or {b} the sum of its values in both dicts
            """,
        bodies="""
            result = dict(a)
            for key, value in b.items():
                result[key] = result.get(key, 0) + value
            return result
            ---
            return {key: a.get(key, 0) + b.get(key, 0) for key in list(a) + list(b)}
            """,
        wrong="""
            return {**a, **b}
            ---
            return {key: a[key] + b[key] for key in a if key in b}
            """,
        reference=lambda a, b: {k: sum(d.get(k, 0) for d in (a, b)) for k in (*a, *b)},
        draw=lambda rng: tuple({k: rng.randint(0, 9) for k in rng.sample("abcd", rng.randint(0, 3))} for _ in "ab"),
        plan="Copy {a}. | For each item of {b}, add its value to the one there, or to 0. | Return the copy.",
        properties=("sum(result.values()) == sum(a.values()) + sum(b.values())",),
        thought="Keys of {b} that are not in {a} belong to the result too.",
    ),
    Classic(
        key="sum_values",
        tier=1,
        names="sum_values total_values sum_of_values dict_total total",
        given=(counts("counts", -3, 9),),
        returns="int",
        says="""
            the sum of all values in {counts}
            the total of the values of the dictionary {counts}
            Add up the values of a dict.
            Sum everything stored in {counts}.
            what the values of {counts} add up to; 0 if it is empty
            Return the sum of the numbers that {counts} maps its keys to.
            the sum over all values in the dict {counts}
            Total all values of {counts}.
            """,
        bodies="""
            return sum(counts.values())
            ---
            total = 0
            for key in counts:
                total += counts[key]
            return total
            """,
        wrong="""
            return len(counts)
            ---
            return max(counts.values(), default=0)
            """,
        reference=lambda d: sum(v for _, v in d.items()),
        plan="Take the values of {counts}. | Add them up.",
        steps=lambda d: [list(d.values())],
    ),
    Classic(
        key="key_of_max",
        tier=2,
        names="key_of_max max_key best_key key_with_max highest_scorer winner",
        given=(counts("scores d data points", 0, 9, least=1),),
        returns="str",
        says="""
            the key of the largest value in {scores}, the first such key if several share it
            the key to which the dict {scores} gives the highest value; the first in case of a tie
            Find the key with the maximum value of a non-empty dict (first wins).
            who has the highest score in {scores}; the first of several
            Return the key whose value in {scores} is greatest, the earliest one on ties.
            which key of {scores} has the biggest value (the first one if equal)
            the winner: the first key in {scores} with the top value
            Get the key that maps to the maximum in {scores}; on a tie the one that comes first.
            """,
        bodies="""
            return max(scores, key=scores.get)
            ---
            best = None
            for key in scores:
                if best is None or scores[key] > scores[best]:
                    best = key
            return best
            """,
        wrong="""
            return max(scores)
            ---
            return max(scores.values())
            ---
            return min(scores, key=scores.get)
            """,
        reference=lambda d: sorted(d.items(), key=lambda item: -item[1])[0][0],
        plan="Compare the values of {scores}. | Return the first key with the largest.",
        properties=("result in scores", "all(scores[result] >= value for value in scores.values())"),
    ),
    Classic(
        key="key_of_min",
        tier=2,
        names="key_of_min min_key cheapest key_with_min lowest_scorer",
        given=(counts("prices d data costs", 0, 9, least=1),),
        returns="str",
        says="""
            the key of the smallest value in {prices}, the first such key if several share it
            the key to which the dict {prices} gives the lowest value; the first in case of a tie
            Find the key with the minimum value of a non-empty dict (first wins).
            the cheapest item in {prices}; the first of several
            Return the key whose value in {prices} is least, the earliest one on ties.
            which key of {prices} has the smallest value (the first one if equal)
            the name with the lowest price in the dict {prices}, first one in a tie
            Get the key that maps to the minimum in {prices}; on a tie the one that comes first.
            """,
        bodies="""
            return min(prices, key=prices.get)
            ---
            best = None
            for key in prices:
                if best is None or prices[key] < prices[best]:
                    best = key
            return best
            """,
        wrong="""
            return min(prices)
            ---
            return min(prices.values())
            ---
            return max(prices, key=prices.get)
            """,
        reference=lambda d: sorted(d.items(), key=lambda item: item[1])[0][0],
        plan="Compare the values of {prices}. | Return the first key with the smallest.",
        properties=("result in prices", "all(prices[result] <= value for value in prices.values())"),
    ),
    Classic(
        key="filter_dict",
        tier=1,
        names="filter_dict filter_by_value keep_above select_items filter_values",
        given=(counts("scores d data counts"), whole("limit n minimum threshold", 0, 9)),
        returns="dict[str, int]",
        says="""
            a dictionary of the items of {scores} whose value is at least {limit}
            {scores} without the entries whose value is below {limit}
            Keep only those items of the dict {scores} that have a value of {limit} or more.
            the part of {scores} with values greater than or equal to {limit}, as a new dict
            Filter a dict by value: only entries with at least {limit} stay.
            Return a new dict with all keys of {scores} whose values are >= {limit}.
            Drop every key of {scores} that has a value less than {limit}.
            those entries of the dictionary {scores} that reach {limit}
            """,
        bodies="""
            return {key: value for key, value in scores.items() if value >= limit}
            ---
            result = {}
            for key, value in scores.items():
                if value >= limit:
                    result[key] = value
            return result
            """,
        wrong="""
            return {key: value for key, value in scores.items() if value > limit}
            ---
            return [key for key, value in scores.items() if value >= limit]
            """,
        reference=lambda d, n: {k: d[k] for k in d if not d[k] < n},
        draw=lambda rng: (lambda d: (d, rng.choice([*d.values(), rng.randint(0, 9)])))(
            {k: rng.randint(0, 9) for k in rng.sample(("ann", "bob", "cid", "dan", "eve"), rng.randint(0, 4))}
        ),
        plan="Go through the items of {scores}. | Keep those with a value of at least {limit}.",
        properties=("all(value >= limit for value in result.values())",),
    ),
    Classic(
        key="sort_dict_by_value",
        tier=2,
        names="sort_by_value sorted_by_value items_by_value rank ranking",
        given=(counts("scores d data counts"),),
        returns="list[tuple[str, int]]",
        says="""
            the (key, value) pairs of {scores} sorted by value, smallest first; equal values keep their order
            a list of the items of {scores} in order of ascending value (stable)
            Sort the items of a dict by their values, ascending, as a list of tuples; ties stay in order.
            {scores} as a list of (key, value) tuples ordered by value from low to high, stable
            Return the entries of {scores} as tuples, the one with the lowest value first (ties in original order).
            Order the dict {scores} by its values and return a list of pairs; equal values in dict order.
            the pairs in {scores}, sorted by the second part, keeping the order of equal ones
            List the items of {scores} by increasing value; items with equal values keep their order.
            """,
        bodies="""
            return sorted(scores.items(), key=lambda item: item[1])
            ---
            result = list(scores.items())
            result.sort(key=lambda pair: pair[1])
            return result
            """,
        wrong="""
            return sorted(scores.items())
            ---
            return sorted(scores.items(), key=lambda item: item[1], reverse=True)
            """,
        reference=lambda d: [item for v in sorted(set(d.values())) for item in d.items() if item[1] == v],
        plan="Take the items of {scores}. | Sort them by value.",
        properties=("dict(result) == scores", "all(a[1] <= b[1] for a, b in zip(result, result[1:]))"),
    ),
    Classic(
        key="top_keys",
        tier=3,
        names="top_n top_keys best_n highest leaderboard",
        given=(counts("scores d points ratings"), whole("n k count", 0, 3, 1)),
        returns="list[str]",
        says="""
            the {n} keys with the highest values in {scores}, best first; equal values keep their order
            a list of the {n} keys of {scores} that have the largest values, highest first (ties in dict order)
            Find the top {n} keys of {scores} by value, in descending order; ties stay in order of the dict.
            Return the names of the {n} best in {scores}, the best one first, equal ones in dict order.
            the keys of {scores} ordered from highest to lowest value (stable), only the first {n}
            Leaderboard: the {n} keys with the biggest values in {scores}, biggest first, ties as in the dict.
            at most {n} keys of {scores} in order of falling value, original order for equal values
            Sort the keys of {scores} by value from high to low (stable) and return the first {n}.
            """,
        bodies="""
            return sorted(scores, key=scores.get, reverse=True)[:n]
            ---
            ordered = sorted(scores.items(), key=lambda item: -item[1])
            return [key for key, value in ordered[:n]]
            """,
        wrong="""
            return sorted(scores, key=scores.get)[:n]
            ---
            return sorted(scores, reverse=True)[:n]
            """,
        reference=lambda d, n: [k for v in sorted(set(d.values()), reverse=True) for k in d if d[k] == v][:n],
        plan="Sort the keys of {scores} by value, largest first. | Return the first {n}.",
        steps=lambda d, n: [sorted(d.items(), key=lambda item: -item[1])],
        properties=("len(result) == min(n, len(scores))", "all(key in scores for key in result)"),
    ),
    Classic(
        key="keys_with_value",
        tier=1,
        names="keys_with_value find_keys keys_for lookup_keys reverse_lookup",
        given=(counts("data d mapping counts"), whole("value v n target", 0, 9)),
        returns="list[str]",
        says="""
            the keys of {data} whose value is {value}, as a list
            all keys in {data} that map to {value}, in order
            Find every key of the dict {data} with the value {value}.
            a list of those keys for which {data} holds {value}
            Reverse lookup: the list of keys of {data} that have {value} as their value.
            Return the keys k with {data}[k] equal to {value}.
            which keys of {data} have the value {value} (a list, maybe empty)
            List all keys in {data} that are associated with {value}.
            """,
        bodies="""
            return [key for key, v in data.items() if v == value]
            ---
            result = []
            for key in data:
                if data[key] == value:
                    result.append(key)
            return result
            """,
        wrong="""
            return [v for v in data.values() if v == value]
            ---
            return [key for key, v in data.items() if v == value][:1]
            """,
        reference=lambda d, v: list(itertools.compress(d, [x == v for x in d.values()])),
        draw=lambda rng: (lambda d: (d, rng.choice([*d.values(), rng.randint(0, 3)])))(
            {k: rng.randint(0, 3) for k in rng.sample("abcdef", rng.randint(0, 5))}
        ),
        plan="Go through the items of {data}. | Keep the keys whose value is {value}.",
        properties=("all(data[key] == value for key in result)",),
    ),
    Classic(
        key="lists_to_dict",
        tier=1,
        names="lists_to_dict make_dict zip_to_dict build_dict to_dict",
        given=(words("keys names labels fields", most=4), numbers("values numbers data items", most=4)),
        returns="dict[str, int]",
        says="""
            a dictionary that maps each of {keys} to the one of {values} at the same position
            a dict made of the lists {keys} and {values}, paired by position up to the shorter one
            Combine a list of keys and a list of values into a dict.
            Build a dictionary from {keys} and {values}; surplus items of the longer list are ignored.
            Zip {keys} and {values} into a dict.
            Return a dict with {keys} as keys and {values} as the corresponding values (a later equal key wins).
            Turn the two lists {keys} and {values} into one dictionary.
            {keys}[i] mapped to {values}[i] for every position i in both lists, as a dict
            """,
        bodies="""
            return dict(zip(keys, values))
            ---
            result = {}
            for i in range(min(len(keys), len(values))):
                result[keys[i]] = values[i]
            return result
            """,
        wrong="""
            return dict(zip(values, keys))
            ---
            return {key: i for i, key in enumerate(keys)}
            """,
        reference=lambda ks, vs: {k: vs[i] for i, k in enumerate(ks[: len(vs)])},
        plan="Go through {keys} and {values} in parallel. | Store each value under its key.",
        properties=("len(result) <= min(len(keys), len(values))",),
    ),
    Classic(
        key="index_by_position",
        tier=1,
        names="positions index_map enumerate_dict word_index position_map",
        given=(words("words", ["a", "b"]),),
        returns="dict[str, int]",
        says="""
            a dictionary from each string in {words} to the index of its first occurrence
            a dict that maps every string of {words} to its first position, counted from 0
            Map each of {words} to the index where it first appears.
            the first index of every distinct string in {words}, as a dict
            Build a dict of the strings in {words} and their first positions (from 0).
            where each string of the list {words} first occurs: a dict from string to index
            Index {words}: string to lowest position at which it stands.
            Return {string: first index} for all strings in {words}.
            """,
        bodies="""
            result = {}
            for i, item in enumerate(words):
                if item not in result:
                    result[item] = i
            return result
            ---
            return {item: words.index(item) for item in words}
            """,
        wrong="""
            return {item: i for i, item in enumerate(words)}
            ---
            return {item: words.index(item) + 1 for item in words}
            """,
        reference=lambda ws: {w: i for i, w in enumerate(ws) if w not in ws[:i]},
        plan="Go through {words} with indexes. | Store the index of each string that is not stored yet.",
        properties=("all(words[i] == w for w, i in result.items())", "set(result) == set(words)"),
        thought="A later occurrence must not overwrite the first.",
    ),
    Classic(
        key="squares_dict",
        tier=1,
        names="squares_dict square_map number_squares dict_of_squares",
        given=(whole("n", 0, 8, 0, 1),),
        returns="dict[int, int]",
        says="""
            a dictionary from the numbers 1 to {n} to their squares
            a dict that maps every integer from 1 to {n} to its square
            Build a dict of squares: keys 1 to {n}, values the keys squared.
            {1: 1, 2: 4, 3: 9, ...} up to the key {n}
            Map i to i * i for all i from 1 through {n}, as a dict.
            the squares of 1 to {n} as a dictionary keyed by the number
            Return a dictionary with each number between 1 and {n} inclusive and its square.
            Create a dict whose keys are 1..{n} and whose values are the squares of the keys.
            """,
        bodies="""
            return {i: i * i for i in range(1, n + 1)}
            ---
            result = {}
            for i in range(1, n + 1):
                result[i] = i ** 2
            return result
            """,
        wrong="""
            return {i: i * i for i in range(n)}
            ---
            return {i: i * 2 for i in range(1, n + 1)}
            """,
        reference=lambda n: dict(enumerate(itertools.accumulate(range(1, 2 * n, 2)), 1)),
        plan="Go through the numbers from 1 to {n}. | Store each square under its number.",
        properties=("len(result) == n",),
    ),
    Classic(
        key="group_pairs",
        tier=3,
        names="group_pairs pairs_to_dict group_values collect_by_key multidict",
        given=(pairs("pairs"),),
        returns="dict[str, list[int]]",
        says="""
            a dictionary from each first item of {pairs} to the list of its second items, in order
            the second parts of {pairs} grouped by their first parts, as a dict of lists
            Group (key, value) tuples in {pairs} by key: each key gets the list of its values.
            a dict that maps every key in {pairs} to all values paired with it
            Collect the values of equal keys in {pairs} in lists and return a dict.
            Turn [('a', 1), ('b', 2), ('a', 3)] into {'a': [1, 3], 'b': [2]}, for the list {pairs}.
            Return a dict with the lists of numbers that belong to each name in {pairs}.
            for each distinct first element of {pairs} the list of second elements, as a dictionary
            """,
        bodies="""
            groups = {}
            for key, value in pairs:
                groups.setdefault(key, []).append(value)
            return groups
            ---
            groups = {}
            for key, value in pairs:
                if key not in groups:
                    groups[key] = []
                groups[key].append(value)
            return groups
            """,
        wrong="""
            return dict(pairs)
            ---
            return {key: [value] for key, value in pairs}
            """,
        reference=lambda ps: {k: [v for key, v in ps if key == k] for k, _ in ps},
        plan="Start with an empty dict. | Append each value to the list of its key. | Return the dict.",
        properties=("sum(len(values) for values in result.values()) == len(pairs)",),
    ),
    Classic(
        key="sum_pairs_by_key",
        tier=3,
        names="sum_by_key total_by_name aggregate totals sum_pairs",
        given=(pairs("pairs"),),
        returns="dict[str, int]",
        says="""
            a dictionary from each first item of {pairs} to the sum of its second items
            the totals of the second parts of {pairs} for each first part, as a dict
            Add up the values of equal keys in the (key, value) tuples {pairs}.
            a dict that maps every key in {pairs} to the sum of all values paired with it
            Sum the numbers in {pairs} by name and return a dict of totals.
            Turn [('a', 1), ('b', 2), ('a', 3)] into {'a': 4, 'b': 2}, for the list {pairs}.
            Return a dict with the total of the numbers that belong to each name in {pairs}.
            the sum per key over the list of tuples {pairs}
            """,
        bodies="""
            totals = {}
            for key, value in pairs:
                totals[key] = totals.get(key, 0) + value
            return totals
            ---
            totals = {}
            for key, value in pairs:
                if key in totals:
                    totals[key] += value
                else:
                    totals[key] = value
            return totals
            """,
        wrong="""
            return dict(pairs)
            ---
            totals = {}
            for key, value in pairs:
                totals[key] = totals.get(key, 0) + 1
            return totals
            """,
        reference=lambda ps: {k: sum(v for key, v in ps if key == k) for k, _ in ps},
        plan="Start with an empty dict. | Add each value to the total of its key. | Return the dict.",
        properties=("sum(result.values()) == sum(value for _, value in pairs)",),
    ),
    Classic(
        key="total_price",
        tier=2,
        names="total_price cart_total compute_total bill order_total",
        given=(
            one_of(
                "prices price_list menu costs",
                "dict[str, int]",
                {"tea": 2, "cake": 5, "soup": 7},
                {"apple": 1, "pear": 3},
                {"pen": 4, "book": 9, "bag": 20},
            ),
            words("items order cart basket"),
        ),
        returns="int",
        says="""
            the total price of {items}, looked up in {prices}; items without a price cost 0
            what the {items} cost together according to {prices}; unknown items are free
            Add up the {prices} of all {items}; ignore items that have no price.
            the sum of {prices}[item] over all {items}, 0 for items that are not in {prices}
            Compute the bill for {items} with the price list {prices}; skip unknown items.
            Return how much {items} cost in total by the dict {prices}, unknown ones costing nothing.
            Look up each of {items} in {prices} and sum the prices (0 if missing).
            the cost of the order {items}, where {prices} maps names to prices; names not in it count 0
            """,
        bodies="""
            return sum(prices.get(item, 0) for item in items)
            ---
            total = 0
            for item in items:
                if item in prices:
                    total += prices[item]
            return total
            """,
        wrong="""
            return sum(prices[item] for item in items)
            ---
            return sum(prices.get(item, 0) for item in set(items))
            ---
            return sum(prices.values())
            """,
        reference=lambda d, xs: sum(price * xs.count(x) for x, price in d.items()),
        draw=lambda rng: (lambda d: (d, [rng.choice([*d, "cat"]) for _ in range(rng.randint(0, 5))]))(
            rng.choice(({"tea": 2, "cake": 5, "soup": 7}, {"apple": 1, "pear": 3}, {"pen": 4, "book": 9}))
        ),
        plan="Look up the price of each item, 0 if there is none. | Add the prices up.",
        steps=lambda d, xs: [[d.get(x, 0) for x in xs]],
        properties=("result >= 0",),
    ),
    Classic(
        key="count_values",
        tier=2,
        names="count_values value_counts tally_values histogram_of_values",
        given=(counts("data d mapping grades", 1, 4),),
        returns="dict[int, int]",
        says="""
            how often each value occurs in {data}, as a dict from value to count
            a dictionary from the values of {data} to how many keys have them
            Count how many keys of {data} have each value.
            the frequencies of the values in the dict {data}
            Map every value that occurs in {data} to its number of occurrences.
            Tally the values of {data}: {'x': 1, 'y': 1} gives {1: 2}.
            Return a dict with each distinct value of {data} and how often it appears there.
            a count of the values of the dictionary {data}, keyed by value
            """,
        bodies="""
            result = {}
            for value in data.values():
                result[value] = result.get(value, 0) + 1
            return result
            ---
            from collections import Counter
            return dict(Counter(data.values()))
            """,
        wrong="""
            return {value: 1 for value in data.values()}
            ---
            return {key: 1 for key in data}
            """,
        reference=lambda d: {v: list(d.values()).count(v) for v in d.values()},
        plan="Go through the values of {data}. | Count each in a dict.",
        steps=lambda d: [list(d.values())],
        properties=("sum(result.values()) == len(data)",),
    ),
    Classic(
        key="common_keys",
        tier=1,
        names="common_keys shared_keys keys_in_both intersect_keys",
        given=(counts("a first d1 left"), counts("b second d2 right")),
        returns="list[str]",
        says="""
            the keys that {a} and {b} have in common, sorted
            a sorted list of the keys which are in both dicts {a} and {b}
            Find the keys that occur in {a} as well as in {b}; return them sorted.
            the shared keys of two dictionaries in alphabetical order
            Return every key of {a} that is also a key of {b}, in sorted order.
            all keys contained in both {a} and {b}, as a sorted list
            which keys {a} and {b} share (sorted list)
            the intersection of the keys of {a} and {b}, sorted
            """,
        bodies="""
            return sorted(key for key in a if key in b)
            ---
            return sorted(set(a) & set(b))
            """,
        wrong="""
            return sorted(set(a) | set(b))
            ---
            return sorted(key for key in a if a[key] == b.get(key))
            """,
        reference=lambda a, b: [k for k in sorted([*a, *b]) if k in a and k in b][::2],
        draw=lambda rng: tuple({k: rng.randint(0, 4) for k in rng.sample("abcde", rng.randint(0, 4))} for _ in "ab"),
        plan="Go through the keys of {a}. | Keep those that are in {b}. | Sort them.",
        properties=("all(key in a and key in b for key in result)",),
    ),
    Classic(
        key="dict_to_pairs",
        tier=1,
        names="dict_to_list dict_to_pairs sorted_items to_pairs",
        given=(counts("data d mapping counts"),),
        returns="list[tuple[str, int]]",
        says="""
            the items of {data} as (key, value) tuples, sorted by key
            a list of the (key, value) pairs in {data} in order of the keys
            Turn a dict into a list of tuples, sorted by key.
            {data} as a sorted list of key-value tuples
            the key-value pairs of {data}, keys in ascending order
            Convert the dictionary {data} to a list of (key, value) tuples in alphabetical order of the keys.
            Return all entries of {data} as tuples ordered by their keys.
            List the pairs of {data} from the smallest key to the largest.
            """,
        bodies="""
            return sorted(data.items())
            ---
            return [(key, data[key]) for key in sorted(data)]
            """,
        wrong="""
            return list(data.items())
            ---
            return sorted(data)
            """,
        reference=lambda d: list(zip(sorted(d), map(d.get, sorted(d)), strict=True)),
        plan="Sort the keys of {data}. | Make a tuple of each key and its value.",
        properties=("dict(result) == data",),
    ),
    Classic(
        key="set_union",
        tier=1,
        names="union set_union all_items combine_sets join_sets",
        given=(number_set("a first s1 left"), number_set("b second s2 right")),
        returns="set[int]",
        says="""
            the union of the sets {a} and {b}
            a set of all items that are in {a} or in {b} or in both
            Combine two sets into one.
            everything that is in at least one of the sets {a} and {b}, as a set
            Return the set of elements of {a} together with those of {b}.
            {a} and {b} joined to one set
            all elements of both sets {a} and {b} in a new set
            Unite two sets without changing them.
            """,
        bodies="""
            return a | b
            ---
            return a.union(b)
            """,
        wrong="""
            return a & b
            ---
            return a ^ b
            """,
        reference=lambda a, b: set([*a, *b]),  # noqa: C405
        plan="Take all elements of {a} and {b}.",
        properties=("a <= result", "b <= result", "len(result) <= len(a) + len(b)"),
    ),
    Classic(
        key="set_intersection",
        tier=1,
        names="intersection set_intersection common in_both shared_items",
        given=(number_set("a first s1 left"), number_set("b second s2 right")),
        returns="set[int]",
        says="""
            the intersection of the sets {a} and {b}
            a set of the items that are in {a} and in {b}
            Find the common elements of two sets.
            everything that both sets {a} and {b} contain, as a set
            Return the set of elements which {a} shares with {b}.
            the elements of the set {a} that are in the set {b} as well
            Intersect two sets without changing them.
            the elements common to {a} and {b}, as a set
            """,
        bodies="""
            return a & b
            ---
            return {item for item in a if item in b}
            """,
        wrong="""
            return a | b
            ---
            return a - b
            """,
        reference=lambda a, b: a - (a - b),
        plan="Take the elements of {a} that are in {b}.",
        properties=("result <= a", "result <= b"),
    ),
    Classic(
        key="set_difference",
        tier=1,
        names="set_difference only_in_first minus difference without",
        given=(number_set("a first s1 left"), number_set("b second s2 right")),
        returns="set[int]",
        says="""
            the set difference {a} minus {b}
            a set of the items that are in {a} but not in {b}
            Remove the elements of the set {b} from the set {a}, as a new set.
            everything in the set {a} that is not in the set {b}
            Return the set of elements which only {a} has, not {b}.
            the elements of {a} that the set {b} does not contain, as a set
            {a} without what is in {b}, both being sets
            which elements of the first set {a} are missing from the second set {b} (a set)
            """,
        bodies="""
            return a - b
            ---
            return {item for item in a if item not in b}
            """,
        wrong="""
            return b - a
            ---
            return a ^ b
            """,
        reference=lambda a, b: a ^ (a & b),
        plan="Take the elements of {a} that are not in {b}.",
        properties=("result <= a", "not result & b"),
    ),
    Classic(
        key="symmetric_difference",
        tier=2,
        names="symmetric_difference in_exactly_one xor_sets not_shared",
        given=(number_set("a first s1 left"), number_set("b second s2 right")),
        returns="set[int]",
        says="""
            the symmetric difference of the sets {a} and {b}
            a set of the items that are in exactly one of {a} and {b}
            Find the elements that are in one of two sets but not in both.
            everything in {a} or {b} that the sets do not share, as a set
            Return the set of elements which either only {a} or only {b} has.
            all elements of {a} and {b} except their common ones
            the union of the sets {a} and {b} without their intersection
            the elements contained in just one of the two sets {a} and {b}
            """,
        bodies="""
            return a ^ b
            ---
            return (a - b) | (b - a)
            """,
        wrong="""
            return a - b
            ---
            return a | b
            """,
        reference=lambda a, b: {x for x in [*a, *b] if (x in a) != (x in b)},
        plan="Take the elements only in {a}. | Add the elements only in {b}.",
        properties=("not result & a & b",),
    ),
    Classic(
        key="is_subset",
        tier=1,
        names="is_subset subset contains_all all_in",
        given=(number_set("a small first part", most=3), number_set("b big second whole")),
        returns="bool",
        says="""
            whether {a} is a subset of {b}
            whether every element of the set {a} is also in the set {b}
            True if all items of the set {a} are contained in {b}
            Return True if the set {b} contains all of {a}.
            Is the set {a} a subset of the set {b}?
            whether nothing in the set {a} is missing from {b}
            Check if {a} lies completely within {b}; both are sets and equal sets count.
            True if the set {a} has no element that {b} has not, else False
            """,
        bodies="""
            return a <= b
            ---
            return all(item in b for item in a)
            """,
        wrong="""
            return a < b
            ---
            return b <= a
            ---
            return any(item in b for item in a)
            """,
        reference=lambda a, b: len(a | b) == len(b),
        draw=lambda rng: (lambda b: (set(rng.sample(range(5), rng.randint(0, 3))), b))(
            set(rng.sample(range(5), rng.randint(0, 4)))
        ),
        plan="Return whether every element of {a} is in {b}.",
        properties=("a or result",),
    ),
    Classic(
        key="are_disjoint",
        tier=1,
        names="are_disjoint is_disjoint disjoint nothing_in_common",
        given=(number_set("a first s1 left"), number_set("b second s2 right", most=3)),
        returns="bool",
        says="""
            whether the sets {a} and {b} are disjoint
            whether the sets {a} and {b} have no element in common
            True if no item of the set {a} is in the set {b}
            Return True if two sets do not share any element.
            Are the sets {a} and {b} disjoint?
            whether the intersection of {a} and {b} is empty
            Check that nothing is in both sets {a} and {b}.
            True if {a} and {b} contain different elements only, else False
            """,
        bodies="""
            return not a & b
            ---
            return a.isdisjoint(b)
            """,
        wrong="""
            return a != b
            ---
            return bool(a & b)
            """,
        reference=lambda a, b: len(a) + len(b) == len(a | b),
        plan="Take the elements in both sets. | Return whether there are none.",
        steps=lambda a, b: [sorted(a & b)],
    ),
    Classic(
        key="swap_pair",
        tier=1,
        names="swap swap_pair flip_pair swap_tuple exchange",
        given=(one_of("pair p point xy", "tuple[int, int]", (1, 2), (0, 0), (-3, 4), (7, 7), (10, 5), (2, -8)),),
        returns="tuple[int, int]",
        says="""
            the tuple {pair} with its two items swapped
            Swap the two elements of the tuple {pair}.
            a tuple of the second and the first item of {pair}
            {pair} the other way round: (a, b) becomes (b, a)
            Exchange both parts of a pair.
            Return {pair} with first and second element interchanged.
            the reversed pair of {pair}, as a tuple
            Flip the two-element tuple {pair}.
            """,
        bodies="""
            return (pair[1], pair[0])
            ---
            a, b = pair
            return b, a
            """,
        wrong="""
            return pair
            ---
            return [pair[1], pair[0]]
            """,
        reference=lambda p: p[::-1],
        plan="Return the second item, then the first.",
        properties=("result[0] == pair[1]", "result[1] == pair[0]"),
    ),
    Classic(
        key="sort_pairs_by_second",
        tier=1,
        names="sort_by_second sort_pairs order_by_second sort_tuples",
        given=(pairs("pairs"),),
        returns="list[tuple[str, int]]",
        says="""
            {pairs} sorted by the second item of each tuple; equal ones keep their order
            the tuples of {pairs} in ascending order of their second elements (stable)
            Sort a list of tuples by the second element.
            a new list of {pairs} ordered by the number in each pair, ties in original order
            Order the tuples in {pairs} by their second values from small to large, stable.
            Return {pairs} arranged so that the second items ascend; keep the order of ties.
            the pairs in {pairs} sorted by second component, not by the first
            Sort (name, number) tuples in {pairs} by number, lowest first; ties stay in order.
            """,
        bodies="""
            return sorted(pairs, key=lambda pair: pair[1])
            ---
            result = list(pairs)
            result.sort(key=lambda item: item[1])
            return result
            """,
        wrong="""
            return sorted(pairs)
            ---
            return sorted(pairs, key=lambda pair: pair[1], reverse=True)
            """,
        reference=lambda ps: sorted(ps, key=operator.itemgetter(1)),
        plan="Sort {pairs} by the second item.",
        properties=("len(result) == len(pairs)", "all(a[1] <= b[1] for a, b in zip(result, result[1:]))"),
    ),
    Classic(
        key="unzip_pairs",
        tier=2,
        names="unzip split_pairs separate_pairs unzip_pairs",
        given=(pairs("pairs"),),
        returns="tuple[list[str], list[int]]",
        says="""
            two lists in a tuple: the first items of {pairs} and the second items
            the first parts and the second parts of {pairs} as a tuple of two lists
            Unzip a list of pairs into a tuple of two lists; no pairs give two empty lists.
            Split {pairs} into a list of names and a list of numbers, returned as a tuple.
            (all first elements, all second elements) of the tuples in {pairs}, each as a list
            Separate the components of {pairs}: return (firsts, seconds), two lists.
            Return the columns of {pairs} as two lists in a tuple.
            a tuple with the list of every pair[0] and the list of every pair[1] in {pairs}
            """,
        bodies="""
            return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            ---
            firsts = []
            seconds = []
            for first, second in pairs:
                firsts.append(first)
                seconds.append(second)
            return firsts, seconds
            """,
        wrong="""
            return [pair[1] for pair in pairs], [pair[0] for pair in pairs]
            ---
            return tuple(zip(*pairs))
            """,
        reference=lambda ps: tuple(list(map(operator.itemgetter(i), ps)) for i in (0, 1)),
        plan="Collect the first items. | Collect the second items. | Return both lists as a tuple.",
        properties=("list(zip(*result)) == pairs",),
        thought="zip(*...) fails where there are no pairs.",
    ),
    Classic(
        key="distinct_count",
        tier=1,
        names="count_distinct count_unique distinct_count number_of_different",
        given=(numbers("items", 0, 5),),
        returns="int",
        says="""
            the number of different items in {items}
            how many distinct elements {items} has
            Count the unique values in a list.
            the count of distinct numbers in {items}
            how many different numbers occur in {items}
            Count each value of {items} only once.
            Return the number of elements in {items} without counting duplicates.
            the size of the set of the items in {items}
            """,
        bodies="""
            return len(set(items))
            ---
            seen = []
            for item in items:
                if item not in seen:
                    seen.append(item)
            return len(seen)
            """,
        wrong="""
            return len(items)
            ---
            return sum(1 for item in items if items.count(item) == 1)
            """,
        reference=lambda xs: sum(1 for _ in itertools.groupby(sorted(xs))),
        plan="Make a set of {items}. | Return its size.",
        steps=lambda xs: [sorted(set(xs))],
        properties=("0 <= result <= len(items)",),
    ),
    Classic(
        key="nested_lookup",
        tier=2,
        names="get_nested deep_get lookup_path nested_get",
        given=(
            one_of(
                "data d config tree",
                "dict",
                {"a": {"b": 1}},
                {"a": {"b": {"c": 5}}, "x": 2},
                {},
                {"x": 0},
            ),
            one_of("path keys route parts", "list[str]", ["a"], ["a", "b"], ["x"]),
        ),
        returns="object",
        says="""
            the value in the nested dict {data} reached by following the keys in {path}, or None if one is missing
            Follow {path} through the nested dictionaries {data}; None if a key does not exist.
            Look up the list of keys {path} in {data}, one level for each key; return None when it leads nowhere.
            {data}[k1][k2]... for the keys in {path}, None if the path does not exist
            Get a nested value: walk down {data} along {path}; if a key is missing, return None.
            what is stored in {data} under the keys {path}, level by level, otherwise None
            Return the item of the nested dict {data} at {path}, a list of keys, or None if it is not there.
            Descend into {data} with each key of {path} and return what is found at the end, None if not found.
            """,
        bodies="""
            for key in path:
                if not isinstance(data, dict) or key not in data:
                    return None
                data = data[key]
            return data
            """,
        wrong="""
            for key in path:
                data = data[key]
            return data
            ---
            return data.get(path[0])
            """,
        reference=lambda d, path: (lambda f: f(f, d, path))(
            lambda f, d, p: d if not p else f(f, d[p[0]], p[1:]) if isinstance(d, dict) and p[0] in d else None
        ),
        draw=lambda rng: rng.choice(
            (
                ({"a": {"b": 1}}, ["a", "b"]),
                ({"a": {"b": 1}}, ["a"]),
                ({"a": {"b": 1}}, ["b"]),
                ({}, ["a"]),
                ({"a": {"b": {"c": 5}}, "x": 2}, ["a", "b", "c"]),
                ({"a": {"b": {"c": 5}}, "x": 2}, ["x", "y"]),
                ({"x": 0}, ["x"]),
                ({"a": {"b": 1}}, ["a", "c"]),
            )
        ),
        plan="Begin with {data}. | For each key, go down, or return None if it is missing. | Return what is reached.",
    ),
)
