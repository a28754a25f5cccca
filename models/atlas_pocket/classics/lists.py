"""Lists of numbers: totals, choices, changes."""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import operator
import random
import statistics
from collections import Counter

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import distinct_numbers, nested, numbers, one_of, whole, words


def _single_pair(rng: random.Random) -> tuple[list[int], int]:
    """Draw numbers and a sum that at most one pair of them has."""
    while True:
        items = [rng.randint(-3, 12) for _ in range(rng.randint(0, 6))]
        sums = [a + b for a, b in itertools.combinations(items, 2)]
        doubled = [2 * item for item in items]
        target = rng.choice([*sums, *doubled, 30])
        if sums.count(target) <= 1:
            return items, target


CLASSICS = (
    Classic(
        key="sum_list",
        tier=1,
        names="sum_list sum_numbers total add_all list_sum",
        given=(numbers("numbers"),),
        returns="int",
        says="""
            the sum of all numbers in {numbers}
            the sum of {numbers}
            the total of the numbers in {numbers}, 0 if there are none
            Add up all the numbers in a list.
            Sum the elements of {numbers}.
            Return what you get by adding all elements of {numbers}.
            the result of adding every integer in the list {numbers}
            Add all items of {numbers} together.
            """,
        bodies="""
            return sum(numbers)
            ---
            total = 0
            for number in numbers:
                total += number
            return total
            """,
        wrong="""
            return len(numbers)
            ---
            return sum(numbers[1:])
            """,
        reference=lambda xs: functools.reduce(operator.add, xs, 0),
        plan="Start with 0. | Add every number. | Return the total.",
        steps=lambda xs: [list(itertools.accumulate(xs))],
        properties=("numbers or result == 0",),
    ),
    Classic(
        key="product_list",
        tier=2,
        names="product multiply_all product_of_list multiply_list list_product",
        given=(numbers("numbers", -4, 6, [], [0, 3], most=5),),
        returns="int",
        says="""
            the product of all numbers in {numbers}, 1 for an empty list
            all numbers in {numbers} multiplied together; 1 if there are none
            Multiply all the numbers in a list; an empty list gives 1.
            Multiply the elements of {numbers} (1 if the list is empty).
            the result of multiplying every integer in {numbers}, starting from 1
            the product of {numbers}, where the empty product is 1
            Return the product of the list {numbers}; return 1 if it is empty.
            Multiply all items of {numbers} with each other, beginning with 1.
            """,
        bodies="""
            result = 1
            for number in numbers:
                result *= number
            return result
            ---
            import math
            return math.prod(numbers)
            """,
        wrong="""
            result = 0
            for number in numbers:
                result *= number
            return result
            ---
            return sum(numbers)
            """,
        reference=lambda xs: functools.reduce(operator.mul, xs, 1),
        plan="Start with 1. | Multiply by every number. | Return the result.",
        steps=lambda xs: [list(itertools.accumulate(xs, operator.mul))],
        properties=("0 not in numbers or result == 0",),
        thought="Start with 1, because 0 times anything is 0.",
    ),
    Classic(
        key="average",
        tier=2,
        names="average mean avg list_average mean_of_list",
        given=(numbers("numbers", -5, 20, []),),
        returns="float",
        says="""
            the average of {numbers}, or 0 if the list is empty
            the mean of the numbers in {numbers}; 0 for an empty list
            the arithmetic mean of {numbers}, 0 when there are no numbers
            Compute the average of a list of numbers. An empty list gives 0.
            the sum of {numbers} divided by their count (0 if there are none)
            Average the numbers in {numbers}; return 0 for an empty list.
            Return the mean value of {numbers}, and 0 if {numbers} is empty.
            Given a list of numbers, return their average, or 0 when the list has no elements.
            """,
        bodies="""
            if not numbers:
                return 0
            return sum(numbers) / len(numbers)
            ---
            return sum(numbers) / len(numbers) if numbers else 0
            """,
        wrong="""
            return sum(numbers) / len(numbers)
            ---
            if not numbers:
                return 0
            return sum(numbers) // len(numbers)
            """,
        reference=lambda xs: statistics.fmean(xs) if xs else 0,
        plan="If {numbers} is empty, return 0. | Add up the numbers. | Divide by how many there are.",
        steps=lambda xs: [sum(xs), len(xs)],
        properties=("not numbers or min(numbers) <= result <= max(numbers)",),
        thought="An empty list must not lead to a division by zero.",
    ),
    Classic(
        key="median",
        tier=3,
        names="median find_median median_of_list middle_value",
        given=(numbers("numbers", -5, 20, [3, 1], least=1),),
        returns="float",
        says="""
            the median of {numbers}
            the middle value of the sorted list {numbers}, or the mean of the two middle ones
            Find the median of a non-empty list of numbers.
            the median of the numbers in {numbers}; with an even count, the average of the two in the middle
            Sort {numbers} and return the middle element, or the average of both middle elements.
            Return the median: the middle number if the count is odd, else the mean of the two middle numbers of {numbers}.
            the number in the middle of {numbers} when sorted (mean of two for an even number of elements)
            Median of a list that has at least one number.
            """,
        bodies="""
            ordered = sorted(numbers)
            middle = len(ordered) // 2
            if len(ordered) % 2 == 1:
                return ordered[middle]
            return (ordered[middle - 1] + ordered[middle]) / 2
            ---
            import statistics
            return statistics.median(numbers)
            """,
        wrong="""
            ordered = sorted(numbers)
            return ordered[len(ordered) // 2]
            ---
            middle = len(numbers) // 2
            if len(numbers) % 2 == 1:
                return numbers[middle]
            return (numbers[middle - 1] + numbers[middle]) / 2
            """,
        reference=lambda xs: statistics.median(xs),
        plan=(
            "Sort {numbers}. | If the count is odd, return the middle one. | "
            "Else return the mean of the two middle ones."
        ),
        steps=lambda xs: [sorted(xs)],
        properties=("min(numbers) <= result <= max(numbers)",),
        thought="The list has to be sorted first.",
    ),
    Classic(
        key="mode",
        tier=3,
        names="mode most_common most_frequent find_mode most_common_element",
        given=(numbers("numbers", 0, 9, [2, 1], least=1),),
        returns="int",
        says="""
            the most common number in {numbers}, the smallest of them if several are equally common
            the number that occurs most often in {numbers}; on a tie the smallest such number
            Find the mode of a non-empty list; ties go to the smallest number.
            Return the most frequent element of {numbers}, the smallest one in case of a tie.
            the mode of {numbers} (if there are several, the lowest)
            which number appears most often in {numbers}; of several, the smallest
            the element of {numbers} with the highest count, ties broken by taking the smaller number
            Given a non-empty list, return its most common value and, among equally common ones, the least.
            """,
        bodies="""
            return max(sorted(numbers), key=numbers.count)
            ---
            best = min(numbers)
            for number in sorted(numbers):
                if numbers.count(number) > numbers.count(best):
                    best = number
            return best
            """,
        wrong="""
            return max(numbers)
            ---
            return max(numbers, key=numbers.count)
            """,
        reference=lambda xs: min(statistics.multimode(xs)),
        plan="Count every number. | Find the highest count. | Return the smallest number that has it.",
        steps=lambda xs: [dict(sorted(Counter(xs).items()))],
        properties=("result in numbers", "all(numbers.count(result) >= numbers.count(x) for x in numbers)"),
    ),
    Classic(
        key="number_range",
        tier=1,
        names="value_range range_of spread max_minus_min difference_max_min",
        given=(numbers("numbers", -9, 20, [4], least=1),),
        returns="int",
        says="""
            the difference between the largest and the smallest number in {numbers}
            the range of {numbers}: maximum minus minimum
            how far the largest element of {numbers} is above the smallest one
            the spread of the numbers in {numbers}, that is max minus min
            Subtract the minimum of {numbers} from its maximum.
            Return max - min of a non-empty list.
            the largest number in {numbers} minus the smallest
            the distance between the biggest and smallest elements of the list {numbers}
            """,
        bodies="""
            return max(numbers) - min(numbers)
            ---
            ordered = sorted(numbers)
            return ordered[-1] - ordered[0]
            """,
        wrong="""
            return max(numbers)
            ---
            return numbers[-1] - numbers[0]
            """,
        reference=lambda xs: max(a - b for a in xs for b in xs),
        plan="Find the largest number. | Find the smallest number. | Subtract.",
        steps=lambda xs: [max(xs), min(xs)],
        properties=("result >= 0",),
    ),
    Classic(
        key="largest",
        tier=1,
        names="find_max largest maximum max_value biggest find_largest",
        given=(numbers("numbers", -9, 20, [-3], [-5, -2], least=1),),
        returns="int",
        says="""
            the largest number in {numbers}
            the maximum of the list {numbers}
            the biggest element of {numbers}
            Find the largest number in a non-empty list.
            the highest value in {numbers}
            Return the greatest of the numbers in {numbers}.
            the element of {numbers} that no other exceeds
            Maximum of a list with at least one integer.
            """,
        bodies="""
            return max(numbers)
            ---
            largest = numbers[0]
            for number in numbers:
                if number > largest:
                    largest = number
            return largest
            """,
        wrong="""
            largest = 0
            for number in numbers:
                if number > largest:
                    largest = number
            return largest
            ---
            return numbers[-1]
            """,
        reference=lambda xs: sorted(xs)[-1],
        plan="Begin with the first number. | Replace it by every larger one. | Return it.",
        properties=("result in numbers", "all(x <= result for x in numbers)"),
        thought="Starting with 0 would be wrong for negative numbers.",
    ),
    Classic(
        key="smallest",
        tier=1,
        names="find_min smallest minimum min_value lowest find_smallest",
        given=(numbers("numbers", -9, 20, [3], [5, 2], least=1),),
        returns="int",
        says="""
            the smallest number in {numbers}
            the minimum of the list {numbers}
            the lowest element of {numbers}
            Find the smallest number in a non-empty list.
            the least value in {numbers}
            Return the lowest of the numbers in {numbers}.
            the element of {numbers} that no other is below
            Minimum of a list with at least one integer.
            """,
        bodies="""
            return min(numbers)
            ---
            smallest = numbers[0]
            for number in numbers:
                if number < smallest:
                    smallest = number
            return smallest
            """,
        wrong="""
            smallest = 0
            for number in numbers:
                if number < smallest:
                    smallest = number
            return smallest
            ---
            return numbers[0]
            """,
        reference=lambda xs: sorted(xs)[0],
        plan="Begin with the first number. | Replace it by every smaller one. | Return it.",
        properties=("result in numbers", "all(x >= result for x in numbers)"),
    ),
    Classic(
        key="second_largest",
        tier=2,
        names="second_largest second_highest runner_up second_max find_second_largest",
        given=(numbers("numbers", -5, 20, [], [3], [4, 4]),),
        returns="int | None",
        says="""
            the second largest distinct number in {numbers}, or None if there is none
            the largest number in {numbers} that is smaller than the maximum; None if no such number exists
            Find the second largest value of a list (equal values count once); None if there are fewer than two.
            Return the second highest distinct value in {numbers}, None if there are not two different numbers.
            the runner-up among the distinct numbers of {numbers}, otherwise None
            the biggest element of {numbers} besides its maximum (duplicates ignored), or None
            Second largest number without counting duplicates; None when {numbers} has fewer than two distinct numbers.
            the second number from the top of the distinct values in {numbers}, None if missing
            """,
        bodies="""
            distinct = sorted(set(numbers))
            if len(distinct) < 2:
                return None
            return distinct[-2]
            ---
            smaller = [x for x in numbers if x != max(numbers)]
            return max(smaller) if smaller else None
            """,
        wrong="""
            if len(numbers) < 2:
                return None
            return sorted(numbers)[-2]
            ---
            distinct = sorted(set(numbers))
            if len(distinct) < 2:
                return None
            return distinct[1]
            """,
        reference=lambda xs: next((x for x in sorted(xs, reverse=True) if x < max(xs)), None),
        plan=(
            "Take the distinct numbers in order. | If there are fewer than two, return None. | Return the last but one."
        ),
        steps=lambda xs: [sorted(set(xs))],
        properties=("result is None or result in numbers", "result is None or result < max(numbers)"),
        thought="The maximum may occur twice.",
    ),
    Classic(
        key="second_smallest",
        tier=2,
        names="second_smallest second_lowest second_min find_second_smallest",
        given=(numbers("numbers", -5, 20, [], [3], [4, 4]),),
        returns="int | None",
        says="""
            the second smallest distinct number in {numbers}, or None if there is none
            the smallest number in {numbers} that is larger than the minimum; None if no such number exists
            Find the second smallest value of a list (equal values count once); None if there are fewer than two.
            Return the second lowest distinct value in {numbers}, None if there are not two different numbers.
            the smallest but one of the distinct numbers of {numbers}, otherwise None
            the least element of {numbers} besides its minimum (duplicates ignored), or None
            Second smallest number without counting duplicates; None when {numbers} has fewer than two distinct numbers.
            the second number from below of the distinct values in {numbers}, None if missing
            """,
        bodies="""
            distinct = sorted(set(numbers))
            if len(distinct) < 2:
                return None
            return distinct[1]
            ---
            larger = [x for x in numbers if x != min(numbers)]
            return min(larger) if larger else None
            """,
        wrong="""
            if len(numbers) < 2:
                return None
            return sorted(numbers)[1]
            ---
            distinct = sorted(set(numbers))
            if len(distinct) < 2:
                return None
            return distinct[-2]
            """,
        reference=lambda xs: next((x for x in sorted(xs) if x > min(xs)), None),
        plan="Take the distinct numbers in order. | If there are fewer than two, return None. | Return the second.",
        steps=lambda xs: [sorted(set(xs))],
        properties=("result is None or result in numbers", "result is None or result > min(numbers)"),
    ),
    Classic(
        key="kth_largest",
        tier=2,
        names="kth_largest nth_largest find_kth_largest kth_biggest",
        given=(numbers("numbers", -5, 20, least=1), whole("k", 1, 4)),
        returns="int",
        says="""
            the {k}-th largest number in {numbers}, duplicates counted; {k} = 1 gives the maximum
            the number at place {k} when {numbers} is sorted from largest to smallest, counted from 1
            Find the {k}th largest element of {numbers} (1 is the largest, equal numbers count separately).
            Sort {numbers} in descending order and return its {k}-th element, 1-based.
            the {k}-th biggest element of {numbers}, where the first is the maximum and repeats count
            Return the {k}-th highest number of {numbers}; {k} starts at 1 and duplicates are not removed.
            the element of {numbers} in position {k} (from 1) of the descending order
            the {k}th number from the top in {numbers}, counting repeated numbers
            """,
        bodies="""
            return sorted(numbers, reverse=True)[k - 1]
            ---
            return sorted(numbers)[-k]
            """,
        wrong="""
            return sorted(numbers)[k - 1]
            ---
            return sorted(set(numbers), reverse=True)[k - 1]
            ---
            return sorted(numbers, reverse=True)[k]
            """,
        reference=lambda xs, k: next(x for x in xs if sum(y > x for y in xs) < k <= sum(y >= x for y in xs)),
        draw=lambda rng: (lambda xs: (xs, rng.randint(1, len(xs))))(
            [rng.randint(-3, 9) for _ in range(rng.randint(1, 6))]
        ),
        plan="Sort {numbers} from largest to smallest. | Return the {k}-th.",
        steps=lambda xs, k: [sorted(xs, reverse=True)],
        properties=("result in numbers",),
    ),
    Classic(
        key="kth_smallest",
        tier=2,
        names="kth_smallest nth_smallest find_kth_smallest kth_lowest",
        given=(numbers("numbers", -5, 20, least=1), whole("k", 1, 4)),
        returns="int",
        says="""
            the {k}-th smallest number in {numbers}, duplicates counted; {k} = 1 gives the minimum
            the number at place {k} when {numbers} is sorted from smallest to largest, counted from 1
            Find the {k}th smallest element of {numbers} (1 is the smallest, equal numbers count separately).
            Sort {numbers} in ascending order and return its {k}-th element, 1-based.
            the {k}-th lowest element of {numbers}, where the first is the minimum and repeats count
            Return the {k}-th least number of {numbers}; {k} starts at 1 and duplicates are not removed.
            the element of {numbers} in position {k} (from 1) of the ascending order
            the {k}th number from below in {numbers}, counting repeated numbers
            """,
        bodies="""
            return sorted(numbers)[k - 1]
            ---
            ordered = list(numbers)
            ordered.sort()
            return ordered[k - 1]
            """,
        wrong="""
            return sorted(numbers)[k]
            ---
            return sorted(set(numbers))[k - 1]
            """,
        reference=lambda xs, k: next(x for x in xs if sum(y < x for y in xs) < k <= sum(y <= x for y in xs)),
        draw=lambda rng: (lambda xs: (xs, rng.randint(1, len(xs))))(
            [rng.randint(-3, 9) for _ in range(rng.randint(1, 6))]
        ),
        plan="Sort {numbers}. | Return the {k}-th.",
        steps=lambda xs, k: [sorted(xs)],
        properties=("result in numbers",),
    ),
    Classic(
        key="reverse_list",
        tier=1,
        names="reverse_list reverse reversed_list flip_list",
        given=(numbers("items"),),
        returns="list[int]",
        says="""
            a new list with the items of {items} in reverse order
            the list {items} from back to front
            the list {items} backwards
            Reverse a list without changing it.
            the elements of {items} from last to first, as a list
            a reversed copy of {items}
            Return the items of {items} in opposite order.
            Turn the list {items} around: last element first.
            """,
        bodies="""
            return items[::-1]
            ---
            return list(reversed(items))
            ---
            result = []
            for item in items:
                result.insert(0, item)
            return result
            """,
        wrong="""
            return items.reverse()
            ---
            return sorted(items, reverse=True)
            """,
        reference=lambda xs: [xs[~i] for i in range(len(xs))],
        plan="Take the items from the last to the first.",
        properties=("len(result) == len(items)", "result[::-1] == items"),
    ),
    Classic(
        key="remove_duplicates",
        tier=2,
        names="remove_duplicates unique dedupe distinct unique_items remove_dups",
        given=(numbers("items", 0, 9),),
        returns="list[int]",
        says="""
            {items} without duplicates, in order of first appearance
            the distinct elements of {items} in the order in which they first occur
            Remove duplicates from a list while keeping the order.
            a list of the unique items of {items}; the first of each stays in place
            each element of {items} once, keeping the original order
            Drop every item of {items} that has occurred before.
            Return a copy of {items} in which repeated items are left out, order kept.
            the items of {items} with later repetitions removed
            """,
        bodies="""
            result = []
            for item in items:
                if item not in result:
                    result.append(item)
            return result
            ---
            return list(dict.fromkeys(items))
            ---
            seen = set()
            result = []
            for item in items:
                if item not in seen:
                    seen.add(item)
                    result.append(item)
            return result
            """,
        wrong="""
            return sorted(set(items))
            ---
            return [item for item in items if items.count(item) == 1]
            """,
        reference=lambda xs: [x for i, x in enumerate(xs) if xs.index(x) == i],
        plan="Go through {items}. | Keep each item that is not kept yet. | Return the kept ones.",
        properties=("set(result) == set(items)", "len(set(result)) == len(result)"),
        thought="A set would lose the order.",
    ),
    Classic(
        key="sorted_unique",
        tier=1,
        names="sorted_unique unique_sorted distinct_sorted sort_and_dedupe",
        given=(numbers("items", 0, 9),),
        returns="list[int]",
        says="""
            the distinct numbers in {items}, sorted
            {items} sorted in ascending order and without duplicates
            Sort {items} and remove duplicates.
            a sorted list of the unique values of {items}
            each different number of {items} once, smallest first
            the sorted list of distinct elements in {items}
            Return all values that occur in {items}, in ascending order and each once.
            Remove repeated numbers from {items} and sort the rest.
            """,
        bodies="""
            return sorted(set(items))
            ---
            result = []
            for item in sorted(items):
                if not result or result[-1] != item:
                    result.append(item)
            return result
            """,
        wrong="""
            return sorted(items)
            ---
            return list(dict.fromkeys(items))
            """,
        reference=lambda xs: [k for k, _ in itertools.groupby(sorted(xs))],
        plan="Take the distinct numbers. | Sort them.",
        properties=("result == sorted(result)", "set(result) == set(items)"),
    ),
    Classic(
        key="has_duplicates",
        tier=1,
        names="has_duplicates contains_duplicates contains_duplicate has_repeats any_duplicates",
        given=(numbers("items", 0, 9, []),),
        returns="bool",
        says="""
            whether {items} contains duplicates
            whether any item occurs more than once in {items}
            True if some element of {items} is repeated
            Return True if {items} has at least one duplicate, else False.
            Are there duplicates in the list {items}?
            whether two elements of {items} are equal
            Check if a list contains the same number twice.
            True if not all elements of {items} are different
            """,
        bodies="""
            return len(set(items)) != len(items)
            ---
            seen = set()
            for item in items:
                if item in seen:
                    return True
                seen.add(item)
            return False
            """,
        wrong="""
            return len(set(items)) == len(items)
            ---
            return any(a == b for a, b in zip(items, items[1:]))
            """,
        reference=lambda xs: any(k > 1 for k in Counter(xs).values()),
        plan="Make a set of {items}. | Return whether it is smaller than the list.",
        steps=lambda xs: [len(set(xs)), len(xs)],
    ),
    Classic(
        key="find_duplicates",
        tier=3,
        names="find_duplicates duplicates repeated_items get_duplicates",
        given=(numbers("items", 0, 9, [], [2, 1, 2, 1]),),
        returns="list[int]",
        says="""
            the numbers that occur more than once in {items}, sorted, each once
            a sorted list of the duplicated values in {items}
            Find all duplicates in {items}: every repeated number once, in ascending order.
            the values of {items} with a count of at least two, in ascending order without repetition
            Return each number that appears several times in {items}, sorted ascending.
            List the numbers that are repeated in {items} (each only once, smallest first).
            all items of {items} that are not unique, as a sorted list of distinct numbers
            which numbers occur at least twice in {items}, as a sorted list
            """,
        bodies="""
            return sorted({item for item in items if items.count(item) > 1})
            ---
            result = []
            for item in sorted(items):
                if items.count(item) > 1 and item not in result:
                    result.append(item)
            return result
            """,
        wrong="""
            return sorted(item for item in items if items.count(item) > 1)
            ---
            return sorted({item for item in items if items.count(item) == 1})
            """,
        reference=lambda xs: sorted({a for a, b in itertools.pairwise(sorted(xs)) if a == b}),
        plan="Count every number. | Keep those that occur more than once. | Sort them, each once.",
        steps=lambda xs: [dict(sorted(Counter(xs).items()))],
        properties=("result == sorted(set(result))", "all(items.count(x) > 1 for x in result)"),
    ),
    Classic(
        key="single_number",
        tier=2,
        names="single_number find_single lonely_number find_unique unpaired",
        given=(numbers("numbers"),),
        returns="int",
        says="""
            the only number that occurs once in {numbers}; all others occur exactly twice
            the element of {numbers} without a partner, given that every other one appears twice
            Every number in {numbers} appears twice except one. Return that one.
            Find the single number: all elements of {numbers} come in pairs but one.
            the number in {numbers} that is not repeated, where all the rest are there exactly two times
            Return the lonely element of {numbers}; each other element occurs twice.
            the one integer of {numbers} that has no second copy (all others have)
            Find the element that appears only once when all the other elements of {numbers} appear twice.
            """,
        bodies="""
            result = 0
            for number in numbers:
                result ^= number
            return result
            ---
            for number in numbers:
                if numbers.count(number) == 1:
                    return number
            """,
        wrong="""
            for number in numbers:
                if numbers.count(number) == 2:
                    return number
            ---
            return numbers[-1]
            """,
        reference=lambda xs: 2 * sum(set(xs)) - sum(xs),
        draw=lambda rng: (lambda xs: (rng.sample(xs + xs[1:], 2 * len(xs) - 1),))(
            rng.sample(range(1, 15), rng.randint(1, 4))
        ),
        plan="Go through {numbers}. | Return the number whose count is 1.",
        properties=("numbers.count(result) == 1",),
    ),
    Classic(
        key="missing_number",
        tier=2,
        names="missing_number find_missing missing find_missing_number",
        given=(numbers("numbers"),),
        returns="int",
        says="""
            the number missing from {numbers}, which holds all integers from 0 to its length but one
            the missing one of 0, 1, ..., n, where n is the length of {numbers} and all others are in it
            {numbers} contains n distinct numbers of 0..n. Return the one that is missing.
            Find the missing number: {numbers} has every integer from 0 to len({numbers}) except one.
            the only integer between 0 and the length of {numbers} (inclusive) that is not in {numbers}
            Return which number of the range 0 to n is absent from {numbers}, a list of n different such numbers.
            the single number from 0 up to and including len({numbers}) that {numbers} does not contain
            Given n distinct numbers out of 0..n in any order, find the one not in {numbers}.
            """,
        bodies="""
            n = len(numbers)
            return n * (n + 1) // 2 - sum(numbers)
            ---
            for i in range(len(numbers) + 1):
                if i not in numbers:
                    return i
            """,
        wrong="""
            n = len(numbers)
            return n * (n - 1) // 2 - sum(numbers)
            ---
            for i in range(1, len(numbers) + 1):
                if i not in numbers:
                    return i
            """,
        reference=lambda xs: min(set(range(len(xs) + 1)) - set(xs)),
        draw=lambda rng: (lambda n: (rng.sample(range(n + 1), n),))(rng.randint(0, 6)),
        plan="Add the numbers from 0 to the length. | Subtract the sum of {numbers}.",
        steps=lambda xs: [sum(range(len(xs) + 1)), sum(xs)],
        properties=("result not in numbers", "0 <= result <= len(numbers)"),
    ),
    Classic(
        key="keep_even",
        tier=1,
        names="even_numbers filter_even get_evens keep_even only_even",
        given=(numbers("numbers", -5, 15),),
        returns="list[int]",
        says="""
            the even numbers in {numbers}, in the same order
            a list of the even elements of {numbers}
            Keep only the even numbers of {numbers}.
            all numbers of {numbers} that are divisible by 2, as a list
            Filter the even numbers out of a list and return them.
            Return the items of {numbers} that are even.
            {numbers} without its odd numbers
            Remove the odd numbers from {numbers} and return the rest.
            """,
        bodies="""
            return [number for number in numbers if number % 2 == 0]
            ---
            result = []
            for number in numbers:
                if number % 2 == 0:
                    result.append(number)
            return result
            """,
        wrong="""
            return [number for number in numbers if number % 2 == 1]
            ---
            return numbers[::2]
            """,
        reference=lambda xs: list(filter(lambda x: str(x)[-1] in "02468", xs)),
        plan="Go through {numbers}. | Keep the even ones.",
        properties=("all(x % 2 == 0 for x in result)", "len(result) <= len(numbers)"),
    ),
    Classic(
        key="keep_odd",
        tier=1,
        names="odd_numbers filter_odd get_odds keep_odd only_odd",
        given=(numbers("numbers", -5, 15),),
        returns="list[int]",
        says="""
            the odd numbers in {numbers}, in the same order
            a list of the odd elements of {numbers}
            Keep only the odd numbers of {numbers}.
            all numbers of {numbers} that are not divisible by 2, as a list
            Filter the odd numbers out of a list and return them.
            Return the items of {numbers} that are odd.
            {numbers} without its even numbers
            Remove the even numbers from {numbers} and return the rest.
            """,
        bodies="""
            return [number for number in numbers if number % 2 != 0]
            ---
            result = []
            for number in numbers:
                if number % 2 == 1:
                    result.append(number)
            return result
            """,
        wrong="""
            return [number for number in numbers if number % 2 == 0]
            ---
            return numbers[1::2]
            """,
        reference=lambda xs: list(filter(lambda x: str(x)[-1] in "13579", xs)),
        plan="Go through {numbers}. | Keep the odd ones.",
        properties=("all(x % 2 == 1 for x in result)", "len(result) <= len(numbers)"),
    ),
    Classic(
        key="keep_positive",
        tier=1,
        names="positive_numbers filter_positive keep_positive only_positive remove_negatives",
        given=(numbers("numbers", -6, 6, [0, 1]),),
        returns="list[int]",
        says="""
            the positive numbers in {numbers}, in the same order; 0 is not positive
            a list of the elements of {numbers} that are greater than 0
            Keep only the positive numbers of {numbers}.
            all numbers of {numbers} above zero, as a list
            Filter a list so that only numbers greater than zero remain.
            Return the items of {numbers} that are positive, leaving out 0 and negatives.
            {numbers} without zeros and negative numbers
            Remove all numbers from {numbers} that are zero or less.
            """,
        bodies="""
            return [number for number in numbers if number > 0]
            ---
            result = []
            for number in numbers:
                if number > 0:
                    result.append(number)
            return result
            """,
        wrong="""
            return [number for number in numbers if number >= 0]
            ---
            return [abs(number) for number in numbers]
            """,
        reference=lambda xs: [x for x in xs if x == abs(x) != 0],
        plan="Go through {numbers}. | Keep those above 0.",
        properties=("all(x > 0 for x in result)",),
        thought="0 is not positive.",
    ),
    Classic(
        key="keep_greater",
        tier=1,
        names="greater_than filter_greater above larger_than keep_above",
        given=(numbers("numbers", -5, 15), whole("limit n threshold x", 0, 10)),
        returns="list[int]",
        says="""
            the numbers in {numbers} that are greater than {limit}
            all elements of {numbers} above {limit}, in order
            Keep only the numbers of {numbers} that are larger than {limit}.
            a list of the items in {numbers} exceeding {limit}
            Filter {numbers} to those strictly greater than {limit}.
            Return every number of {numbers} that is more than {limit}.
            {numbers} without the numbers that are at most {limit}
            Drop all numbers from {numbers} which are less than or equal to {limit}.
            """,
        bodies="""
            return [number for number in numbers if number > limit]
            ---
            result = []
            for number in numbers:
                if number > limit:
                    result.append(number)
            return result
            """,
        wrong="""
            return [number for number in numbers if number >= limit]
            ---
            return [number for number in numbers if number < limit]
            """,
        reference=lambda xs, n: list(itertools.filterfalse(lambda x: x <= n, xs)),
        draw=lambda rng: (lambda xs: (xs, rng.choice([*xs, rng.randint(0, 9)])))(
            [rng.randint(-3, 12) for _ in range(rng.randint(0, 6))]
        ),
        plan="Go through {numbers}. | Keep those greater than {limit}.",
        properties=("all(x > limit for x in result)",),
    ),
    Classic(
        key="count_greater",
        tier=1,
        names="count_greater count_above count_larger how_many_above",
        given=(numbers("numbers", -5, 15), whole("limit n threshold x", 0, 10)),
        returns="int",
        says="""
            the number of elements of {numbers} that are greater than {limit}
            how many numbers in {numbers} are above {limit}
            Count the numbers in {numbers} that are larger than {limit}.
            the count of items in {numbers} exceeding {limit}
            how many elements of {numbers} are strictly greater than {limit}
            Count all x in {numbers} with x > {limit}.
            how often a number of {numbers} is more than {limit}
            Return how many of the {numbers} are bigger than {limit}.
            """,
        bodies="""
            return sum(1 for number in numbers if number > limit)
            ---
            count = 0
            for number in numbers:
                if number > limit:
                    count += 1
            return count
            """,
        wrong="""
            return sum(1 for number in numbers if number >= limit)
            ---
            return sum(number for number in numbers if number > limit)
            """,
        reference=lambda xs, n: len(xs) - bisect.bisect_right(sorted(xs), n),
        draw=lambda rng: (lambda xs: (xs, rng.choice([*xs, rng.randint(0, 9)])))(
            [rng.randint(-3, 12) for _ in range(rng.randint(0, 6))]
        ),
        plan="Go through {numbers}. | Count those greater than {limit}.",
        steps=lambda xs, n: [[x for x in xs if x > n]],
        properties=("0 <= result <= len(numbers)",),
    ),
    Classic(
        key="above_average",
        tier=3,
        names="above_average greater_than_average above_mean larger_than_mean",
        given=(numbers("numbers", -5, 20, []),),
        returns="list[int]",
        says="""
            the numbers in {numbers} that are greater than their average
            all elements of {numbers} above the mean of {numbers}; an empty list gives an empty list
            Keep the numbers of {numbers} that are larger than the average of all of them.
            a list of the items in {numbers} that exceed the mean, in order
            Filter {numbers} to the values strictly above their own average.
            Return every number in {numbers} which is bigger than the mean of the list ([] for []).
            the elements of {numbers} that are more than sum / count
            Compute the average of {numbers} and return the numbers above it.
            """,
        bodies="""
            if not numbers:
                return []
            average = sum(numbers) / len(numbers)
            return [number for number in numbers if number > average]
            """,
        wrong="""
            if not numbers:
                return []
            average = sum(numbers) / len(numbers)
            return [number for number in numbers if number >= average]
            ---
            if not numbers:
                return []
            average = sum(numbers) / len(numbers)
            return len([number for number in numbers if number > average])
            """,
        reference=lambda xs: [x for x in xs if x * len(xs) > sum(xs)],
        plan="If {numbers} is empty, return an empty list. | Compute the average. | Keep the numbers above it.",
        steps=lambda xs: [sum(xs), len(xs)],
        properties=("len(result) < len(numbers) or not numbers", "all(x in numbers for x in result)"),
    ),
    Classic(
        key="square_all",
        tier=1,
        names="square_all squares square_list square_each squared",
        given=(numbers("numbers", -9, 12),),
        returns="list[int]",
        says="""
            a list with the square of every number in {numbers}
            the squares of the numbers in {numbers}
            Square each element of {numbers}.
            every number of {numbers} multiplied by itself
            {numbers} with each item squared
            Map each number x of {numbers} to x * x.
            Return a new list of the squared items of {numbers}.
            the list of x ** 2 for all x in {numbers}
            """,
        bodies="""
            return [number * number for number in numbers]
            ---
            result = []
            for number in numbers:
                result.append(number ** 2)
            return result
            """,
        wrong="""
            return [number * 2 for number in numbers]
            ---
            return sum(number * number for number in numbers)
            """,
        reference=lambda xs: list(map(operator.mul, xs, xs)),
        plan="Go through {numbers}. | Multiply each by itself.",
        properties=("len(result) == len(numbers)", "all(x >= 0 for x in result)"),
    ),
    Classic(
        key="double_all",
        tier=1,
        names="double_all double_list double_each doubled",
        given=(numbers("numbers"),),
        returns="list[int]",
        says="""
            a list with every number in {numbers} doubled
            the doubles of the numbers in {numbers}
            Double each element of {numbers}.
            every number of {numbers} times two
            {numbers} with each item multiplied by 2
            Map each number x of {numbers} to 2 * x.
            Return a new list of the doubled items of {numbers}.
            the list of x + x for all x in {numbers}
            """,
        bodies="""
            return [number * 2 for number in numbers]
            ---
            result = []
            for number in numbers:
                result.append(2 * number)
            return result
            """,
        wrong="""
            return numbers * 2
            ---
            return [number ** 2 for number in numbers]
            """,
        reference=lambda xs: list(map(operator.add, xs, xs)),
        plan="Go through {numbers}. | Multiply each by 2.",
        properties=("len(result) == len(numbers)", "sum(result) == 2 * sum(numbers)"),
    ),
    Classic(
        key="add_to_all",
        tier=1,
        names="add_to_all increment_all add_to_each shift_all increase",
        given=(numbers("numbers"), whole("n amount k value", -5, 9)),
        returns="list[int]",
        says="""
            a list with {n} added to every number in {numbers}
            every number of {numbers} plus {n}
            Add {n} to each element of {numbers}.
            {numbers} with each item increased by {n}
            Map each number x of {numbers} to x + {n}.
            Return a new list in which all numbers of {numbers} are larger by {n}.
            Increase all numbers in {numbers} by {n}.
            the list of x + {n} for all x in {numbers}
            """,
        bodies="""
            return [number + n for number in numbers]
            ---
            result = []
            for number in numbers:
                result.append(number + n)
            return result
            """,
        wrong="""
            return numbers + [n]
            ---
            return [number - n for number in numbers]
            """,
        reference=lambda xs, n: list(map(n.__add__, xs)),
        plan="Go through {numbers}. | Add {n} to each.",
        properties=("len(result) == len(numbers)",),
    ),
    Classic(
        key="scale_all",
        tier=1,
        names="scale multiply_each scale_list multiply_by scale_all",
        given=(numbers("numbers"), whole("factor n k times", -3, 9)),
        returns="list[int]",
        says="""
            a list with every number in {numbers} multiplied by {factor}
            every number of {numbers} times {factor}
            Multiply each element of {numbers} by {factor}.
            {numbers} scaled by {factor}
            Map each number x of {numbers} to x * {factor}.
            Return a new list in which all numbers of {numbers} are {factor} times as large.
            Scale all numbers in {numbers} by {factor}.
            the list of x * {factor} for all x in {numbers}
            """,
        bodies="""
            return [number * factor for number in numbers]
            ---
            result = []
            for number in numbers:
                result.append(number * factor)
            return result
            """,
        wrong="""
            return numbers * factor
            ---
            return [number + factor for number in numbers]
            """,
        reference=lambda xs, k: list(map(k.__mul__, xs)),
        plan="Go through {numbers}. | Multiply each by {factor}.",
        properties=("len(result) == len(numbers)", "sum(result) == factor * sum(numbers)"),
    ),
    Classic(
        key="sum_of_squares_list",
        tier=2,
        names="sum_of_squares sum_squares square_sum sum_squared",
        given=(numbers("numbers", -6, 9),),
        returns="int",
        says="""
            the sum of the squares of the numbers in {numbers}
            the sum of squares of {numbers}
            Square every number in {numbers} and add up the results.
            Add up x * x for all x in {numbers}.
            the total of the squared elements of {numbers}
            the sum of all squared numbers in the list {numbers}
            Square each item of {numbers}, then sum; an empty list gives 0.
            Return the sum of {numbers} after squaring each of them.
            """,
        bodies="""
            return sum(number * number for number in numbers)
            ---
            total = 0
            for number in numbers:
                total += number ** 2
            return total
            """,
        wrong="""
            return sum(numbers) ** 2
            ---
            return sum(number * 2 for number in numbers)
            """,
        reference=lambda xs: sum(map(operator.mul, xs, xs)),
        plan="Square every number. | Add the squares up.",
        steps=lambda xs: [[x * x for x in xs]],
        properties=("result >= 0",),
    ),
    Classic(
        key="sum_of_even",
        tier=2,
        names="sum_even sum_of_even sum_evens even_sum add_even",
        given=(numbers("numbers", -5, 15),),
        returns="int",
        says="""
            the sum of the even numbers in {numbers}
            the total of all even elements of {numbers}, 0 if there are none
            Add up the even numbers in a list.
            Sum only those numbers of {numbers} that are divisible by 2.
            the sum of every number in {numbers} which is even
            Ignore odd numbers and add the rest of {numbers}.
            Return the sum of the even integers in {numbers}.
            Sum the items of {numbers}, even ones only.
            """,
        bodies="""
            return sum(number for number in numbers if number % 2 == 0)
            ---
            total = 0
            for number in numbers:
                if number % 2 == 0:
                    total += number
            return total
            """,
        wrong="""
            return sum(number for number in numbers if number % 2 == 1)
            ---
            return sum(1 for number in numbers if number % 2 == 0)
            ---
            return sum(numbers[::2])
            """,
        reference=lambda xs: sum(xs) - sum(x for x in xs if x & 1),
        plan="Keep the even numbers. | Add them up.",
        steps=lambda xs: [[x for x in xs if x % 2 == 0]],
        properties=("result % 2 == 0",),
    ),
    Classic(
        key="sum_of_odd",
        tier=2,
        names="sum_odd sum_of_odd sum_odds odd_sum add_odd",
        given=(numbers("numbers", -5, 15),),
        returns="int",
        says="""
            the sum of the odd numbers in {numbers}
            the total of all odd elements of {numbers}, 0 if there are none
            Add up the odd numbers in a list.
            Sum only those numbers of {numbers} that are not divisible by 2.
            the sum of every number in {numbers} which is odd
            Ignore even numbers and add the rest of {numbers}.
            Return the sum of the odd integers in {numbers}.
            Sum the items of {numbers}, odd ones only.
            """,
        bodies="""
            return sum(number for number in numbers if number % 2 != 0)
            ---
            total = 0
            for number in numbers:
                if number % 2 == 1:
                    total += number
            return total
            """,
        wrong="""
            return sum(number for number in numbers if number % 2 == 0)
            ---
            return sum(1 for number in numbers if number % 2 == 1)
            """,
        reference=lambda xs: sum(xs) - sum(x for x in xs if not x & 1),
        plan="Keep the odd numbers. | Add them up.",
        steps=lambda xs: [[x for x in xs if x % 2]],
        properties=("result % 2 == len([x for x in numbers if x % 2]) % 2",),
    ),
    Classic(
        key="count_even_list",
        tier=1,
        names="count_even count_evens number_of_evens even_count",
        given=(numbers("numbers", -5, 15),),
        returns="int",
        says="""
            the number of even numbers in {numbers}
            how many elements of {numbers} are even
            Count the even numbers in a list.
            the count of numbers in {numbers} that are divisible by 2
            how many even numbers there are in {numbers}
            Count every even item of {numbers}.
            Return how many of the numbers in {numbers} are even.
            Given a list of integers, count those that are even.
            """,
        bodies="""
            return sum(1 for number in numbers if number % 2 == 0)
            ---
            count = 0
            for number in numbers:
                if number % 2 == 0:
                    count += 1
            return count
            ---
            return len([number for number in numbers if number % 2 == 0])
            """,
        wrong="""
            return sum(number for number in numbers if number % 2 == 0)
            ---
            return sum(1 for number in numbers if number % 2 == 1)
            """,
        reference=lambda xs: [x & 1 for x in xs].count(0),
        plan="Go through {numbers}. | Count the even ones.",
        steps=lambda xs: [[x for x in xs if x % 2 == 0]],
        properties=("0 <= result <= len(numbers)",),
    ),
    Classic(
        key="flatten",
        tier=2,
        names="flatten flatten_list flat flatten_nested concat_lists",
        given=(nested("lists", 0, 9, []),),
        returns="list[int]",
        says="""
            the elements of all lists in {lists} in one flat list
            Flatten a list of lists by one level.
            {lists} flattened
            one list with all items of the inner lists of {lists}, in order
            Join the lists in {lists} into a single list.
            Concatenate all inner lists of {lists}.
            Turn [[1, 2], [3]] into [1, 2, 3], for the list of lists {lists}.
            Return a single flat list from the list of lists {lists}.
            """,
        bodies="""
            return [item for inner in lists for item in inner]
            ---
            result = []
            for inner in lists:
                result.extend(inner)
            return result
            """,
        wrong="""
            return [inner[0] for inner in lists if inner]
            ---
            result = []
            for inner in lists:
                result.append(inner)
            return result
            """,
        reference=lambda xs: list(itertools.chain.from_iterable(xs)),
        plan="Go through the inner lists. | Append their items to one list.",
        properties=("len(result) == sum(len(inner) for inner in lists)",),
    ),
    Classic(
        key="flatten_deep",
        tier=3,
        names="flatten deep_flatten flatten_deep flatten_all flatten_nested",
        given=(
            one_of(
                "items nested lst data",
                "list",
                [],
                [1, 2],
                [1, [2, 3]],
                [[1], [2, [3]]],
                [[[]], 4],
                [1, [2, [3, [4]]]],
                [[5, 6], 7, [[8]]],
                [[], [0]],
                [3, [1, [2]], 0],
            ),
        ),
        returns="list",
        says="""
            all numbers of the arbitrarily nested list {items} in one flat list
            {items} flattened completely, however deep lists are nested
            Flatten a list that may contain lists within lists, to any depth.
            Recursively flatten {items}: [1, [2, [3]]] becomes [1, 2, 3].
            a flat list of every number in {items} and in its sublists at any level
            Return all non-list elements of {items} and its nested lists, from left to right.
            Remove all nesting from {items}, at all depths.
            Deep flattening of the nested list {items}
            """,
        bodies="""
            result = []
            for item in items:
                if isinstance(item, list):
                    result.extend(flatten_deep(item))
                else:
                    result.append(item)
            return result
            """,
        wrong="""
            result = []
            for item in items:
                if isinstance(item, list):
                    result.extend(item)
                else:
                    result.append(item)
            return result
            ---
            result = []
            for item in items:
                if isinstance(item, list):
                    result.append(flatten_deep(item))
                else:
                    result.append(item)
            return result
            """,
        reference=lambda xs: [
            int(part) for part in str(xs).replace("[", " ").replace("]", " ").replace(",", " ").split()
        ],
        plan="Go through {items}. | Flatten items that are lists and add their items. | Add other items themselves.",
        properties=("not any(isinstance(x, list) for x in result)",),
        thought="Inner lists may hold lists again.",
    ),
    Classic(
        key="chunk",
        tier=2,
        names="chunk chunks split_into_chunks chunk_list batch split_list",
        given=(numbers("items", 0, 9, most=7), whole("size n k length", 1, 4)),
        returns="list[list[int]]",
        says="""
            {items} split into lists of {size} items; the last one may be shorter
            Split {items} into chunks of length {size}, the last chunk may have fewer items.
            a list of consecutive pieces of {items}, each with {size} elements except perhaps the last
            Chunk a list: groups of {size} items each, what is left over comes last.
            Divide {items} into sublists of {size} elements in order (the last one can be shorter).
            Cut {items} into parts of size {size}.
            Group the items of {items} into batches of {size}.
            Return the items of {items} in lists of at most {size}, filled in order.
            """,
        bodies="""
            return [items[i:i + size] for i in range(0, len(items), size)]
            ---
            result = []
            for i in range(0, len(items), size):
                result.append(items[i:i + size])
            return result
            """,
        wrong="""
            return [items[i:i + size] for i in range(len(items))]
            ---
            return [items[i:i + size] for i in range(0, len(items) - size + 1, size)]
            """,
        reference=lambda xs, k: [[x for j, x in enumerate(xs) if j // k == i] for i in range(math.ceil(len(xs) / k))],
        plan="Step through {items} by {size}. | Take {size} items each time. | Return the pieces.",
        properties=("sum(result, []) == items", "all(0 < len(part) <= size for part in result)"),
        thought="The rest at the end must not be lost.",
    ),
    Classic(
        key="rotate_left",
        tier=2,
        names="rotate_left rotate shift_left rotate_list",
        given=(numbers("items", 0, 9, []), whole("k n steps amount", 0, 6, 0)),
        returns="list[int]",
        says="""
            {items} rotated to the left by {k} places
            Rotate {items} left by {k}: the first {k} items move to the end.
            the list {items} after moving its first element to the end {k} times
            Shift the elements of {items} {k} positions to the left, wrapping around.
            {items} with every item moved {k} places towards the front, cyclically
            Rotate a list left by {k} steps; {k} may exceed the length.
            the left rotation of {items} by {k} ([] stays [])
            Move the front element of {items} to the back, {k} times over, and return the new list.
            """,
        bodies="""
            if not items:
                return []
            k = k % len(items)
            return items[k:] + items[:k]
            ---
            result = list(items)
            for _ in range(k):
                if result:
                    result.append(result.pop(0))
            return result
            """,
        wrong="""
            return items[k:] + items[:k]
            ---
            if not items:
                return []
            k = k % len(items)
            return items[-k:] + items[:-k]
            """,
        reference=lambda xs, k: [xs[(i + k) % len(xs)] for i in range(len(xs))],
        plan="If {items} is empty, return []. | Reduce {k} modulo the length. | Put the first {k} items at the end.",
        properties=("sorted(result) == sorted(items)",),
        thought="{k} may be larger than the list is long.",
    ),
    Classic(
        key="rotate_right",
        tier=2,
        names="rotate_right rotate shift_right rotate_list",
        given=(numbers("items", 0, 9, []), whole("k n steps amount", 0, 6, 0)),
        returns="list[int]",
        says="""
            {items} rotated to the right by {k} places
            Rotate {items} right by {k}: the last {k} items move to the front.
            the list {items} after moving its last element to the front {k} times
            Shift the elements of {items} {k} positions to the right, wrapping around.
            {items} with every item moved {k} places towards the end, cyclically
            Rotate a list right by {k} steps; {k} may exceed the length.
            the right rotation of {items} by {k} ([] stays [])
            Move the back element of {items} to the front, {k} times over, and return the new list.
            """,
        bodies="""
            if not items:
                return []
            k = k % len(items)
            return items[len(items) - k:] + items[:len(items) - k]
            ---
            result = list(items)
            for _ in range(k):
                if result:
                    result.insert(0, result.pop())
            return result
            """,
        wrong="""
            if not items:
                return []
            k = k % len(items)
            return items[k:] + items[:k]
            ---
            return items[-k:] + items[:-k]
            """,
        reference=lambda xs, k: [xs[(i - k) % len(xs)] for i in range(len(xs))],
        plan="If {items} is empty, return []. | Reduce {k} modulo the length. | Put the last {k} items at the front.",
        properties=("sorted(result) == sorted(items)",),
    ),
    Classic(
        key="first_items",
        tier=1,
        names="take first_n head take_first first_items",
        given=(numbers("items"), whole("n k count", 0, 5, 0)),
        returns="list[int]",
        says="""
            the first {n} items of {items}, or all if there are fewer
            a list of the first {n} elements of {items}
            Take {n} items from the start of {items}.
            {items} without anything after its first {n} items
            the beginning of {items}, at most {n} items long
            Return up to {n} elements from the front of {items}.
            the leading {n} elements of the list {items}
            Keep only the first {n} of {items}.
            """,
        bodies="""
            return items[:n]
            ---
            result = []
            for item in items:
                if len(result) == n:
                    break
                result.append(item)
            return result
            """,
        wrong="""
            return items[n:]
            ---
            return items[:n - 1]
            """,
        reference=lambda xs, n: list(itertools.islice(xs, n)),
        plan="Take the items of {items} before index {n}.",
        properties=("len(result) == min(n, len(items))", "items[:len(result)] == result"),
    ),
    Classic(
        key="last_items",
        tier=2,
        names="last_n tail take_last last_items",
        given=(numbers("items"), whole("n k count", 0, 5, 0)),
        returns="list[int]",
        says="""
            the last {n} items of {items}, or all if there are fewer; 0 gives an empty list
            a list of the last {n} elements of {items} ({n} may be 0)
            Take {n} items from the end of {items}, in their order.
            the end of {items}, at most {n} items long; nothing for {n} = 0
            Return up to {n} elements from the back of {items}, none if {n} is 0.
            the trailing {n} elements of the list {items}
            Keep only the last {n} of {items}.
            the final {n} entries of {items} in unchanged order, [] when {n} is 0
            """,
        bodies="""
            if n == 0:
                return []
            return items[-n:]
            ---
            return items[max(0, len(items) - n):]
            """,
        wrong="""
            return items[-n:]
            ---
            return items[:n]
            ---
            return items[::-1][:n]
            """,
        reference=lambda xs, n: [x for i, x in enumerate(xs) if i >= len(xs) - n],
        plan="If {n} is 0, return an empty list. | Take the items from {n} before the end.",
        properties=("len(result) == min(n, len(items))",),
        thought="The slice [-0:] would be the whole list.",
    ),
    Classic(
        key="every_nth",
        tier=1,
        names="every_nth take_every nth_items step_items",
        given=(numbers("items"), whole("n k step", 1, 4)),
        returns="list[int]",
        says="""
            every {n}-th item of {items}, starting with the first
            the items of {items} at the indexes 0, {n}, 2 * {n} and so on
            Take every {n}th element of {items}, beginning with index 0.
            the elements of {items} in steps of {n}, the first one included
            Pick the first item of {items} and then each {n}-th one after it.
            Return the items of {items} whose index is divisible by {n}.
            Step through {items} by {n} from the start and collect the items.
            the list of {items} at positions that are multiples of {n} (counted from 0)
            """,
        bodies="""
            return items[::n]
            ---
            return [items[i] for i in range(0, len(items), n)]
            """,
        wrong="""
            return items[n - 1::n]
            ---
            return items[:n]
            """,
        reference=lambda xs, n: [x for i, x in enumerate(xs) if i % n == 0],
        plan="Take the items at the indexes 0, {n}, 2 * {n} and so on.",
        properties=("result[:1] == items[:1]",),
    ),
    Classic(
        key="remove_item",
        tier=1,
        names="remove_all remove_value without remove_item drop_value",
        given=(numbers("items", 0, 6), whole("value x item target", 0, 6)),
        returns="list[int]",
        says="""
            {items} without any item equal to {value}
            Remove all occurrences of {value} from {items}.
            a new list of the items of {items} that are not {value}
            all elements of {items} except {value}
            Delete every {value} in the list {items} and return the rest.
            Filter {value} out of {items}.
            Return a copy of {items} with each {value} removed.
            the items of {items} different from {value}, in order
            """,
        bodies="""
            return [item for item in items if item != value]
            ---
            result = []
            for item in items:
                if item != value:
                    result.append(item)
            return result
            """,
        wrong="""
            return [item for item in items if item == value]
            ---
            result = list(items)
            if value in result:
                result.remove(value)
            return result
            """,
        reference=lambda xs, v: list(itertools.filterfalse(v.__eq__, xs)),
        draw=lambda rng: (lambda xs: (xs, rng.choice([*xs, rng.randint(0, 5)])))(
            [rng.randint(0, 4) for _ in range(rng.randint(0, 6))]
        ),
        plan="Go through {items}. | Keep the items that are not {value}.",
        properties=("value not in result", "len(result) == len(items) - items.count(value)"),
        thought="list.remove removes only the first occurrence.",
    ),
    Classic(
        key="count_item",
        tier=1,
        names="count_occurrences count_item count_value how_often occurrences",
        given=(numbers("items", 0, 6), whole("value x item target", 0, 6)),
        returns="int",
        says="""
            how often the number {value} occurs in the list {items}
            the number of times {value} appears in the list {items}
            Count the occurrences of {value} in {items}.
            how many items of {items} are equal to {value}
            the count of the number {value} in {items}
            Count how many times a value is in a list.
            Given a list {items} and a number {value}, return how many times the number occurs.
            the frequency of {value} in {items}
            """,
        bodies="""
            return items.count(value)
            ---
            count = 0
            for item in items:
                if item == value:
                    count += 1
            return count
            """,
        wrong="""
            return items.index(value) if value in items else 0
            ---
            return 1 if value in items else 0
            """,
        reference=lambda xs, v: sum(map(v.__eq__, xs)),
        draw=lambda rng: (lambda xs: (xs, rng.choice([*xs, rng.randint(0, 5)])))(
            [rng.randint(0, 4) for _ in range(rng.randint(0, 6))]
        ),
        plan="Go through {items}. | Count the items equal to {value}.",
        properties=("0 <= result <= len(items)", "(result > 0) == (value in items)"),
    ),
    Classic(
        key="index_of",
        tier=2,
        names="index_of find_index linear_search find search position_of",
        given=(numbers("items", 0, 6, []), whole("target value x item", 0, 6)),
        returns="int",
        says="""
            the index of the first {target} in {items}, or -1 if it is not there
            the position of {target} in {items} (counted from 0), -1 if missing
            Find the first index at which {target} occurs in {items}; -1 if it does not.
            Linear search: the index of {target} in {items} or -1.
            Return where {target} first appears in {items}, or -1 when it is absent.
            the smallest i with {items}[i] equal to {target}, otherwise -1
            Search the list {items} for {target} and return its index, -1 if not found.
            the first position of {target} in {items}; if there is none, -1
            """,
        bodies="""
            for i, item in enumerate(items):
                if item == target:
                    return i
            return -1
            ---
            if target in items:
                return items.index(target)
            return -1
            """,
        wrong="""
            for i, item in enumerate(items):
                if item == target:
                    return i
            return None
            ---
            for i in range(1, len(items)):
                if items[i] == target:
                    return i
            return -1
            """,
        reference=lambda xs, v: min((i for i in range(len(xs)) if xs[i] == v), default=-1),
        draw=lambda rng: (lambda xs: (xs, rng.choice([*xs, rng.randint(0, 7)])))(
            [rng.randint(0, 6) for _ in range(rng.randint(0, 6))]
        ),
        plan=(
            "Go through {items} with their indexes. | Return the index of the first item equal to {target}. | "
            "If there is none, return -1."
        ),
        properties=("(result == -1) == (target not in items)", "result == -1 or items[result] == target"),
    ),
    Classic(
        key="binary_search",
        tier=3,
        names="binary_search bsearch bin_search find_sorted search_sorted",
        given=(distinct_numbers("items"), whole("target value x item", 0, 6)),
        returns="int",
        says="""
            the index of {target} in the sorted list {items}, or -1 if it is not in it
            Binary search for {target} in the ascending list {items}; -1 if it is not found.
            Find the position of {target} in sorted {items} by halving the range; return -1 if absent.
            the index at which the sorted list {items} of different numbers has {target}, otherwise -1
            Search {target} in {items}, which is sorted in ascending order, and return its index or -1.
            Return the index of {target} in the ordered list {items} without duplicates, -1 when it is missing.
            Look up {target} in a sorted list using binary search (index, or -1).
            where {target} is in the increasing list {items}, as an index, or -1 if nowhere
            """,
        bodies="""
            low = 0
            high = len(items) - 1
            while low <= high:
                mid = (low + high) // 2
                if items[mid] == target:
                    return mid
                if items[mid] < target:
                    low = mid + 1
                else:
                    high = mid - 1
            return -1
            """,
        wrong="""
            low = 0
            high = len(items) - 1
            while low < high:
                mid = (low + high) // 2
                if items[mid] == target:
                    return mid
                if items[mid] < target:
                    low = mid + 1
                else:
                    high = mid - 1
            return -1
            ---
            low = 0
            high = len(items)
            while low < high:
                mid = (low + high) // 2
                if items[mid] < target:
                    low = mid + 1
                else:
                    high = mid
            return low
            """,
        reference=lambda xs, v: xs.index(v) if v in xs else -1,
        draw=lambda rng: (lambda xs: (xs, rng.choice([*xs, rng.randint(0, 20)])))(
            sorted(rng.sample(range(20), rng.randint(0, 7)))
        ),
        plan=(
            "Keep the range in which {target} may be. | Compare the middle with {target}. | "
            "Go on in one half until it is found or nothing is left."
        ),
        properties=("(result == -1) == (target not in items)", "result == -1 or items[result] == target"),
        thought="The range of a single item has to be looked at too.",
    ),
    Classic(
        key="insert_position",
        tier=2,
        names="insert_position search_insert insertion_point insertion_index",
        given=(distinct_numbers("items"), whole("target value x item", 0, 6)),
        returns="int",
        says="""
            the index at which {target} is or would have to be inserted in the sorted list {items}
            how many numbers in the sorted list {items} are smaller than {target}
            Find the first position in the ascending list {items} whose item is not below {target} (the length if none).
            the insert position of {target} in sorted {items}: before the first item that is at least {target}
            Return the index of the first number >= {target} in sorted {items}, or the list's length.
            where to insert {target} into the sorted list {items} so that it stays sorted (leftmost place)
            Search insert position: the leftmost index at which {target} keeps the sorted list {items} in order.
            the lowest index i such that inserting {target} at i keeps {items} sorted
            """,
        bodies="""
            for i, item in enumerate(items):
                if item >= target:
                    return i
            return len(items)
            ---
            return sum(1 for item in items if item < target)
            ---
            import bisect
            return bisect.bisect_left(items, target)
            """,
        wrong="""
            for i, item in enumerate(items):
                if item > target:
                    return i
            return len(items)
            ---
            return items.index(target) if target in items else -1
            """,
        reference=lambda xs, v: bisect.bisect_left(xs, v),
        draw=lambda rng: (lambda xs: (xs, rng.choice([*xs, rng.randint(0, 20)])))(
            sorted(rng.sample(range(20), rng.randint(0, 6)))
        ),
        plan=(
            "Go through the sorted {items}. | Return the index of the first that is not below {target}. | "
            "If there is none, return the length."
        ),
        steps=lambda xs, v: [[x for x in xs if x < v]],
        properties=("0 <= result <= len(items)", "all(x < target for x in items[:result])"),
    ),
    Classic(
        key="two_sum",
        tier=3,
        names="two_sum find_pair pair_sum two_sum_indices",
        given=(numbers("numbers"), whole("target total goal k", 0, 20)),
        returns="list[int] | None",
        says="""
            the indexes [i, j], i < j, of two numbers in {numbers} that add up to {target}, or None
            Two sum: indices of the two numbers of {numbers} whose sum is {target}, as a list, None if there are none.
            Find two positions in {numbers} whose numbers add up to {target}; return [i, j] with i < j, or None.
            Return the indices (smaller first) of two different elements of {numbers} with the sum {target}, else None.
            [i, j] with i < j and {numbers}[i] + {numbers}[j] == {target}, None if there is no such pair
            the positions of a pair in {numbers} that sums to {target} as [smaller, larger] index; None without one
            Given {numbers} and {target}, find indices of two numbers adding up to it; return None if impossible.
            which two numbers of {numbers} add up to {target}: a list of their two indexes in order, or None
            """,
        note="There is never more than one such pair. | At most one pair fits.",
        bodies="""
            for i in range(len(numbers)):
                for j in range(i + 1, len(numbers)):
                    if numbers[i] + numbers[j] == target:
                        return [i, j]
            return None
            ---
            seen = {}
            for j, number in enumerate(numbers):
                if target - number in seen:
                    return [seen[target - number], j]
                seen[number] = j
            return None
            """,
        wrong="""
            for i in range(len(numbers)):
                for j in range(len(numbers)):
                    if numbers[i] + numbers[j] == target:
                        return [i, j]
            return None
            ---
            for i in range(len(numbers)):
                for j in range(i + 1, len(numbers)):
                    if numbers[i] + numbers[j] == target:
                        return [numbers[i], numbers[j]]
            return None
            """,
        reference=lambda xs, t: next(
            ([i, j] for i, j in itertools.combinations(range(len(xs)), 2) if xs[i] + xs[j] == t), None
        ),
        draw=_single_pair,
        plan=(
            "Go through all pairs of positions. | Return the pair whose numbers add up to {target}. | "
            "If there is none, return None."
        ),
        properties=("result is None or numbers[result[0]] + numbers[result[1]] == target",),
        thought="A number must not be paired with itself.",
    ),
    Classic(
        key="has_pair_with_sum",
        tier=2,
        names="has_pair_with_sum has_pair pair_exists two_sum_exists",
        given=(numbers("numbers", 0, 10), whole("target total goal k", 0, 20)),
        returns="bool",
        says="""
            whether two different elements of {numbers} add up to {target}
            whether {numbers} contains a pair at different positions with the sum {target}
            True if some two numbers of {numbers} sum to {target}
            Return True if there are two items (not the same one twice) in {numbers} whose sum is {target}.
            Is there a pair in {numbers} that adds up to {target}?
            Check if any two elements of the list {numbers} make {target} together.
            whether {target} is the sum of two of the numbers in {numbers}, each used at most once
            True if {numbers}[i] + {numbers}[j] == {target} for some i < j, else False
            """,
        bodies="""
            for i in range(len(numbers)):
                if target - numbers[i] in numbers[i + 1:]:
                    return True
            return False
            ---
            seen = set()
            for number in numbers:
                if target - number in seen:
                    return True
                seen.add(number)
            return False
            """,
        wrong="""
            return any(target - number in numbers for number in numbers)
            ---
            return any(a + b == target for a, b in zip(numbers, numbers[1:]))
            """,
        reference=lambda xs, t: t in {a + b for a, b in itertools.combinations(xs, 2)},
        draw=lambda rng: (lambda xs: (xs, rng.choice([2 * x for x in xs] + [rng.randint(0, 20)] * 3)))(
            [rng.randint(0, 10) for _ in range(rng.randint(0, 6))]
        ),
        plan=(
            "Go through {numbers}, remembering those seen. | "
            "If {target} minus the number was seen, return True. | At the end return False."
        ),
        properties=("len(numbers) >= 2 or result is False",),
        thought="One number alone is no pair with itself.",
    ),
    Classic(
        key="pairs_with_sum",
        tier=3,
        names="pairs_with_sum find_pairs count_pairs number_of_pairs",
        given=(numbers("numbers", 0, 8), whole("target total goal k", 2, 14)),
        returns="int",
        says="""
            the number of pairs in {numbers} that add up to {target}
            how many pairs of positions i < j of {numbers} have numbers with the sum {target}
            Count the pairs of elements of {numbers} whose sum is {target}; each pair of positions counts once.
            the count of index pairs i < j with {numbers}[i] + {numbers}[j] == {target}
            how many ways there are to pick two different positions of {numbers} that sum to {target}
            Count all pairs of items in {numbers} summing to {target} (order does not matter, equal values count separately).
            in how many ways two items of {numbers} give {target} when added
            Given {numbers} and {target}, count the pairs with that sum.
            """,
        bodies="""
            count = 0
            for i in range(len(numbers)):
                for j in range(i + 1, len(numbers)):
                    if numbers[i] + numbers[j] == target:
                        count += 1
            return count
            """,
        wrong="""
            count = 0
            for a in numbers:
                for b in numbers:
                    if a + b == target:
                        count += 1
            return count
            ---
            count = 0
            for i in range(len(numbers)):
                for j in range(i, len(numbers)):
                    if numbers[i] + numbers[j] == target:
                        count += 1
            return count
            """,
        reference=lambda xs, t: [a + b for a, b in itertools.combinations(xs, 2)].count(t),
        plan="Go through all pairs of positions. | Count those whose numbers add up to {target}.",
        properties=("result >= 0", "result <= len(numbers) * (len(numbers) - 1) // 2"),
    ),
    Classic(
        key="running_sum",
        tier=2,
        names="running_sum cumulative_sum prefix_sums cumsum running_total",
        given=(numbers("numbers", -5, 12),),
        returns="list[int]",
        says="""
            the running sums of {numbers}
            a list whose i-th item is the sum of the first i + 1 numbers of {numbers}
            the cumulative sum of {numbers} as a list
            Running total: [1, 2, 3] becomes [1, 3, 6].
            for each position of {numbers}, the sum of all numbers up to and including it
            the prefix sums of {numbers} (without a leading 0)
            Replace each number of {numbers} by the sum of it and all numbers before it.
            the list of partial sums of {numbers}
            """,
        bodies="""
            result = []
            total = 0
            for number in numbers:
                total += number
                result.append(total)
            return result
            ---
            from itertools import accumulate
            return list(accumulate(numbers))
            ---
            return [sum(numbers[:i + 1]) for i in range(len(numbers))]
            """,
        wrong="""
            return [sum(numbers[:i]) for i in range(len(numbers))]
            ---
            return [sum(numbers)] * len(numbers)
            """,
        reference=lambda xs: [sum(xs[: i + 1]) for i in range(len(xs))],
        plan="Keep a total. | Add each number to it. | Append the total to the result.",
        properties=("len(result) == len(numbers)", "not numbers or result[-1] == sum(numbers)"),
    ),
    Classic(
        key="running_maximum",
        tier=2,
        names="running_max cumulative_max prefix_max running_maximum rolling_max",
        given=(numbers("numbers", -5, 12),),
        returns="list[int]",
        says="""
            the running maximum of {numbers}
            a list with the largest number of {numbers} seen up to each position
            for each position of {numbers}, the maximum of all numbers up to and including it
            Running maximum: [1, 3, 2] becomes [1, 3, 3].
            the cumulative maxima of {numbers}
            Replace each number of {numbers} by the largest of it and the numbers before it.
            the maximum of every prefix of {numbers}, as a list
            Rolling max from the start of {numbers} to each element.
            """,
        bodies="""
            result = []
            for number in numbers:
                if result and result[-1] > number:
                    result.append(result[-1])
                else:
                    result.append(number)
            return result
            ---
            return [max(numbers[:i + 1]) for i in range(len(numbers))]
            """,
        wrong="""
            return [max(numbers)] * len(numbers)
            ---
            return [min(numbers[:i + 1]) for i in range(len(numbers))]
            ---
            result = []
            largest = 0
            for number in numbers:
                largest = max(largest, number)
                result.append(largest)
            return result
            """,
        reference=lambda xs: list(itertools.accumulate(xs, max)),
        plan="Keep the largest number so far. | Compare each number with it. | Append the larger to the result.",
        properties=("len(result) == len(numbers)", "result == sorted(result)"),
    ),
    Classic(
        key="differences",
        tier=2,
        names="differences diffs consecutive_differences deltas adjacent_differences",
        given=(numbers("numbers", -5, 15, [], [4]),),
        returns="list[int]",
        says="""
            the differences between neighbouring numbers in {numbers}, each number minus the one before
            a list of each number of {numbers} minus its predecessor
            Consecutive differences: [1, 4, 9] gives [3, 5].
            how much each number of {numbers} is larger than the previous one, as a list
            for every number of {numbers} but the first, its difference to the number before it
            the list of {numbers}[i + 1] - {numbers}[i]
            Subtract from every item of {numbers} the item before it; a list one shorter ([] for [] or one item).
            Return the change from each number in {numbers} to the next.
            """,
        bodies="""
            return [numbers[i + 1] - numbers[i] for i in range(len(numbers) - 1)]
            ---
            return [b - a for a, b in zip(numbers, numbers[1:])]
            """,
        wrong="""
            return [a - b for a, b in zip(numbers, numbers[1:])]
            ---
            return [abs(b - a) for a, b in zip(numbers, numbers[1:])]
            """,
        reference=lambda xs: [y - x for x, y in itertools.pairwise(xs)],
        plan="Go through neighbouring numbers. | Subtract the first from the second. | Collect the differences.",
        properties=(
            "len(result) == max(len(numbers) - 1, 0)",
            "not numbers or sum(result) == numbers[-1] - numbers[0]",
        ),
    ),
    Classic(
        key="moving_average",
        tier=3,
        names="moving_average rolling_mean sliding_average moving_mean",
        given=(numbers("numbers", 0, 12, most=7), whole("size n k window", 1, 4)),
        returns="list[float]",
        says="""
            the averages of every {size} neighbouring numbers in {numbers}
            the moving average of {numbers} with a window of {size}
            for each run of {size} consecutive numbers in {numbers}, its mean; nothing if there are fewer than {size}
            Rolling mean with window {size} over {numbers}, only full windows.
            Slide a window of {size} numbers over {numbers} and return the mean of each position.
            a list of the means of all windows of length {size} in {numbers}
            the mean of {numbers}[i] to {numbers}[i + {size} - 1] for every i where this fits
            Moving average: average each group of {size} successive numbers of {numbers}.
            """,
        bodies="""
            return [sum(numbers[i:i + size]) / size for i in range(len(numbers) - size + 1)]
            ---
            result = []
            for i in range(len(numbers) - size + 1):
                window = numbers[i:i + size]
                result.append(sum(window) / size)
            return result
            """,
        wrong="""
            return [sum(numbers[i:i + size]) / size for i in range(len(numbers) - size)]
            ---
            return [sum(numbers[i:i + size]) / size for i in range(len(numbers))]
            """,
        reference=lambda xs, k: [sum(window) / k for window in zip(*(xs[i:] for i in range(k)), strict=False)],
        plan="Take every window of {size} numbers. | Add it up and divide by {size}. | Collect the means.",
        steps=lambda xs, k: [[sum(xs[i : i + k]) for i in range(len(xs) - k + 1)]],
        properties=("len(result) == max(len(numbers) - size + 1, 0)",),
    ),
    Classic(
        key="max_subarray_sum",
        tier=3,
        names="max_subarray max_subarray_sum kadane largest_sum maximum_subarray",
        given=(numbers("numbers", -6, 8, [-3], [-2, -5], least=1),),
        returns="int",
        says="""
            the largest sum of consecutive elements of {numbers}; at least one element is taken
            the maximum sum of a non-empty contiguous part of {numbers}
            Kadane: the greatest sum that neighbouring numbers in {numbers} can have (at least one number).
            Find the contiguous sublist of {numbers} with the largest sum and return the sum; it must not be empty.
            the highest total of any run of adjacent numbers in the non-empty list {numbers}
            the maximum subarray sum of {numbers}, where the subarray has one or more elements
            Return the biggest sum of a slice of {numbers} with at least one item.
            the best sum you can get from adjacent elements of {numbers}, taking at least one
            """,
        bodies="""
            best = numbers[0]
            current = numbers[0]
            for number in numbers[1:]:
                current = max(number, current + number)
                best = max(best, current)
            return best
            ---
            n = len(numbers)
            return max(sum(numbers[i:j]) for i in range(n) for j in range(i + 1, n + 1))
            """,
        wrong="""
            best = 0
            current = 0
            for number in numbers:
                current = max(0, current + number)
                best = max(best, current)
            return best
            ---
            return sum(number for number in numbers if number > 0)
            ---
            return sum(numbers)
            """,
        reference=lambda xs: max(sum(xs[i:j]) for i, j in itertools.combinations(range(len(xs) + 1), 2)),
        plan=(
            "Keep the best sum that ends at the current number. | "
            "It is the number alone or added to the sum before. | Return the largest."
        ),
        properties=("result >= max(numbers)", "result >= sum(numbers)"),
        thought="If all numbers are negative, the answer is the largest of them.",
    ),
    Classic(
        key="is_sorted",
        tier=2,
        names="is_sorted sorted_check is_ascending check_sorted in_order",
        given=(numbers("numbers", 0, 9, [], [1], [1, 2, 2, 5], [1, 2, 3], [0, 4, 9, 8]),),
        returns="bool",
        says="""
            whether {numbers} is sorted in ascending order; equal neighbours are allowed
            whether no number in {numbers} is smaller than the one before it
            True if {numbers} never decreases from left to right
            Return True if the list {numbers} is in non-decreasing order.
            Is {numbers} sorted from smallest to largest (repeats allowed)?
            Check if a list is sorted in ascending order; repeats do no harm.
            True if sorting {numbers} would not change it, else False
            whether each element of {numbers} is at most the next one
            """,
        bodies="""
            return numbers == sorted(numbers)
            ---
            for i in range(len(numbers) - 1):
                if numbers[i] > numbers[i + 1]:
                    return False
            return True
            ---
            return all(a <= b for a, b in zip(numbers, numbers[1:]))
            """,
        wrong="""
            return all(a < b for a, b in zip(numbers, numbers[1:]))
            ---
            return all(a >= b for a, b in zip(numbers, numbers[1:]))
            """,
        reference=lambda xs: not any(b < a for a, b in itertools.pairwise(xs)),
        plan=(
            "Compare every number with the next. | If one is larger than the next, return False. | "
            "Otherwise return True."
        ),
        steps=lambda xs: [sorted(xs)],
        properties=("len(numbers) > 1 or result",),
    ),
    Classic(
        key="is_strictly_increasing",
        tier=2,
        names="is_increasing strictly_increasing is_strictly_increasing always_rising",
        given=(numbers("numbers", 0, 9, [], [1], [1, 2, 2, 5], [1, 2, 3], [0, 4, 9]),),
        returns="bool",
        says="""
            whether each number in {numbers} is greater than the one before it
            whether {numbers} is strictly increasing
            True if the numbers in {numbers} always rise, without equal neighbours
            Return True if {numbers} is sorted ascending and has no repeats.
            Are the numbers in {numbers} strictly ascending?
            Check if every element of {numbers} is smaller than the next one.
            whether {numbers} goes up at every step (a list of less than two numbers does)
            True if {numbers}[i] < {numbers}[i + 1] for all i, else False
            """,
        bodies="""
            return all(a < b for a, b in zip(numbers, numbers[1:]))
            ---
            for i in range(1, len(numbers)):
                if numbers[i] <= numbers[i - 1]:
                    return False
            return True
            """,
        wrong="""
            return all(a <= b for a, b in zip(numbers, numbers[1:]))
            ---
            return numbers == sorted(numbers)
            """,
        reference=lambda xs: xs == sorted(set(xs)),
        plan="Compare every number with the next. | If one is not smaller, return False. | Otherwise return True.",
        properties=("len(numbers) > 1 or result",),
    ),
    Classic(
        key="bubble_sort",
        tier=3,
        names="bubble_sort sort_list my_sort sort_numbers insertion_sort selection_sort",
        given=(numbers("numbers"),),
        returns="list[int]",
        says="""
            a sorted copy of {numbers}, smallest first
            {numbers} in ascending order, without changing the list itself
            Sort {numbers} with bubble sort and return a new list.
            Sort a list of integers ascending and return it as a new list.
            the numbers of {numbers} from smallest to largest
            Bubble sort: return the elements of {numbers} in increasing order.
            a new list with the items of {numbers} sorted in ascending order
            Put the numbers in {numbers} in order, smallest to largest; leave {numbers} as it is.
            """,
        bodies="""
            return sorted(numbers)
            ---
            result = list(numbers)
            for i in range(len(result)):
                for j in range(len(result) - 1 - i):
                    if result[j] > result[j + 1]:
                        result[j], result[j + 1] = result[j + 1], result[j]
            return result
            ---
            result = []
            for number in numbers:
                i = 0
                while i < len(result) and result[i] < number:
                    i += 1
                result.insert(i, number)
            return result
            """,
        wrong="""
            return numbers.sort()
            ---
            return sorted(numbers, reverse=True)
            ---
            return sorted(set(numbers))
            """,
        reference=lambda xs: functools.reduce(lambda done, x: (bisect.insort(done, x), done)[1], xs, list[int]()),
        plan="Copy {numbers}. | Swap neighbours that are in the wrong order until none is. | Return the copy.",
        properties=("len(result) == len(numbers)", "result == sorted(numbers)"),
    ),
    Classic(
        key="sort_descending",
        tier=1,
        names="sort_descending sort_reverse descending sorted_desc largest_first",
        given=(numbers("numbers"),),
        returns="list[int]",
        says="""
            {numbers} sorted in descending order
            a sorted copy of {numbers}, largest first
            Sort {numbers} from largest to smallest.
            the numbers of {numbers} in decreasing order
            Sort a list of integers in reverse order, biggest first.
            a new list of the items in {numbers}, ordered from high to low
            Return {numbers} ordered so that the largest number comes first.
            the items of {numbers} sorted the other way round: descending
            """,
        bodies="""
            return sorted(numbers, reverse=True)
            ---
            return sorted(numbers)[::-1]
            """,
        wrong="""
            return sorted(numbers)
            ---
            return numbers[::-1]
            """,
        reference=lambda xs: [-x for x in sorted(-x for x in xs)],
        plan="Sort {numbers}, largest first.",
        properties=("result[::-1] == sorted(numbers)",),
    ),
    Classic(
        key="merge_sorted",
        tier=3,
        names="merge_sorted merge merge_lists merge_sorted_lists",
        given=(
            numbers("a left first xs", 0, 9, [], most=4, ordered=True),
            numbers("b right second ys", 0, 9, [], most=4, ordered=True),
        ),
        returns="list[int]",
        says="""
            one sorted list with all items of the sorted lists {a} and {b}
            Merge two sorted lists into one sorted list.
            the sorted lists {a} and {b} merged into one, duplicates kept
            Combine {a} and {b}, both ascending, to a single ascending list.
            all numbers from both {a} and {b} in ascending order, as one list
            Merge the ordered lists {a} and {b} as merge sort does.
            a sorted list of everything in {a} and {b} (both are sorted)
            Given two ascending lists, return one ascending list of all their elements.
            """,
        bodies="""
            return sorted(a + b)
            ---
            result = []
            i = 0
            j = 0
            while i < len(a) and j < len(b):
                if a[i] <= b[j]:
                    result.append(a[i])
                    i += 1
                else:
                    result.append(b[j])
                    j += 1
            return result + a[i:] + b[j:]
            """,
        wrong="""
            return a + b
            ---
            return sorted(set(a + b))
            ---
            result = []
            i = j = 0
            while i < len(a) and j < len(b):
                if a[i] <= b[j]:
                    result.append(a[i])
                    i += 1
                else:
                    result.append(b[j])
                    j += 1
            return result
            """,
        reference=lambda a, b: sorted([*b, *a]),
        plan="Compare the first items left in {a} and {b}. | Take the smaller one. | At the end append what is left.",
        properties=("len(result) == len(a) + len(b)", "result == sorted(result)"),
        thought="What is left of one list when the other is used up must be appended.",
    ),
    Classic(
        key="common_items",
        tier=2,
        names="common_items intersection common_elements in_both shared",
        given=(numbers("a first xs list1", 0, 7), numbers("b second ys list2", 0, 7)),
        returns="list[int]",
        says="""
            the numbers that occur in both {a} and {b}, sorted, each once
            a sorted list of the common elements of {a} and {b} without duplicates
            Find the numbers that {a} and {b} have in common; sorted and each only once.
            the intersection of the lists {a} and {b} as a sorted list of distinct numbers
            Return every number that is in {a} as well as in {b}, in ascending order without repetition.
            the distinct shared elements of two lists {a} and {b}, smallest first
            List what is in both lists {a} and {b}: ascending, no repeats.
            all numbers contained in {a} and also in {b}, sorted and unique
            """,
        bodies="""
            return sorted(set(a) & set(b))
            ---
            result = []
            for item in sorted(a):
                if item in b and item not in result:
                    result.append(item)
            return result
            """,
        wrong="""
            return sorted(set(a) | set(b))
            ---
            return sorted(item for item in a if item in b)
            """,
        reference=lambda a, b: [x for x in range(-20, 40) if x in a and x in b],
        plan="Take the distinct numbers of {a} that are in {b}. | Sort them.",
        properties=("all(x in a and x in b for x in result)", "result == sorted(set(result))"),
    ),
    Classic(
        key="list_difference",
        tier=2,
        names="difference list_difference only_in_first not_in subtract_lists",
        given=(numbers("a first xs list1", 0, 7), numbers("b second ys list2", 0, 7)),
        returns="list[int]",
        says="""
            the items of {a} that are not in {b}, in order
            all elements of {a} that do not occur in {b}
            Remove from {a} everything that is in {b}; keep order and repetitions.
            a list of the items which are in {a} but not in {b}
            {a} without the elements of {b}
            Return what is left of the list {a} when all items found in {b} are dropped.
            the elements of the first list {a} missing from the second list {b}, order kept
            Filter {a}: keep the items that {b} does not contain.
            """,
        bodies="""
            return [item for item in a if item not in b]
            ---
            result = []
            for item in a:
                if item not in b:
                    result.append(item)
            return result
            """,
        wrong="""
            return [item for item in b if item not in a]
            ---
            return sorted(set(a) - set(b))
            """,
        reference=lambda a, b: list(itertools.filterfalse(set(b).__contains__, a)),
        plan="Go through {a}. | Keep the items that are not in {b}.",
        properties=("all(x not in b for x in result)", "len(result) <= len(a)"),
    ),
    Classic(
        key="interleave_lists",
        tier=2,
        names="interleave alternate zip_lists weave merge_alternating",
        given=(numbers("a first xs list1", 0, 9, []), numbers("b second ys list2", 0, 9, [])),
        returns="list[int]",
        says="""
            the items of {a} and {b} alternately, as long as both have some, beginning with {a}
            Interleave {a} and {b}; stop when the shorter list is used up.
            one item of {a}, one of {b} and so on, until one of the lists ends
            Merge two lists by taking items in turn, as far as the shorter one goes.
            [{a}[0], {b}[0], {a}[1], {b}[1], ...] up to the length of the shorter list
            Alternate the elements of {a} and {b}; surplus items of the longer list are dropped.
            a list that takes turns between {a} and {b}, cut at the shorter of the two
            Weave the lists {a} and {b} together pair by pair and ignore what is left over.
            """,
        bodies="""
            result = []
            for x, y in zip(a, b):
                result.append(x)
                result.append(y)
            return result
            ---
            return [item for pair in zip(a, b) for item in pair]
            """,
        wrong="""
            return a + b
            ---
            return [item for pair in zip(b, a) for item in pair]
            """,
        reference=lambda a, b: [(a, b)[i % 2][i // 2] for i in range(2 * min(len(a), len(b)))],
        plan="Go through {a} and {b} in parallel. | Append the item of {a}, then that of {b}.",
        properties=("len(result) == 2 * min(len(a), len(b))",),
    ),
    Classic(
        key="add_lists",
        tier=1,
        names="add_lists add_elementwise sum_lists vector_add pairwise_sum",
        given=(numbers("a first xs v"), numbers("b second ys w")),
        returns="list[int]",
        says="""
            the sums of the numbers at the same positions of {a} and {b}, which are equally long
            Add two lists of the same length element by element.
            the elementwise sum of {a} and {b} (equal lengths)
            a list of {a}[i] + {b}[i] for every index; both lists have the same length
            Add each number of {a} to the number at the same place in {b}; the lists are equally long.
            Vector addition of {a} and {b}, two lists of equal length
            Sum the equally long lists {a} and {b} position by position.
            Return the pairwise sums of two lists with the same number of items.
            """,
        bodies="""
            return [x + y for x, y in zip(a, b)]
            ---
            result = []
            for i in range(len(a)):
                result.append(a[i] + b[i])
            return result
            """,
        wrong="""
            return a + b
            ---
            return sum(a) + sum(b)
            """,
        reference=lambda a, b: list(map(operator.add, a, b)),
        draw=lambda rng: (lambda n: tuple([rng.randint(-5, 12) for _ in range(n)] for _ in "ab"))(rng.randint(0, 4)),
        plan="Go through {a} and {b} in parallel. | Add each pair of numbers.",
        properties=("len(result) == len(a)", "sum(result) == sum(a) + sum(b)"),
    ),
    Classic(
        key="dot_product",
        tier=2,
        names="dot_product dot scalar_product inner_product",
        given=(numbers("a first xs v"), numbers("b second ys w")),
        returns="int",
        says="""
            the dot product of {a} and {b}, which are equally long
            the sum of the products of the numbers at the same positions of {a} and {b} (equal lengths)
            Multiply {a} and {b} element by element and add up the products; the lists have the same length.
            the scalar product of the equally long vectors {a} and {b}
            {a}[0] * {b}[0] + {a}[1] * {b}[1] + ... for lists of the same length
            Dot product of two lists of equal length.
            the inner product of {a} and {b}, 0 if they are empty; both have the same length
            Add up {a}[i] * {b}[i] over all indexes of two lists that are equally long.
            """,
        bodies="""
            return sum(x * y for x, y in zip(a, b))
            ---
            total = 0
            for i in range(len(a)):
                total += a[i] * b[i]
            return total
            """,
        wrong="""
            return [x * y for x, y in zip(a, b)]
            ---
            return sum(a) * sum(b)
            """,
        reference=lambda a, b: sum(map(operator.mul, a, b)),
        draw=lambda rng: (lambda n: tuple([rng.randint(-4, 9) for _ in range(n)] for _ in "ab"))(rng.randint(0, 4)),
        plan="Multiply the numbers at the same positions. | Add the products up.",
        steps=lambda a, b: [[x * y for x, y in zip(a, b, strict=True)]],
        properties=("a or result == 0",),
    ),
    Classic(
        key="move_zeros",
        tier=2,
        names="move_zeros move_zeroes zeros_to_end push_zeros",
        given=(numbers("numbers", 0, 3, [0, 0], [0, 1]),),
        returns="list[int]",
        says="""
            {numbers} with all zeros moved to the end, the others in their order
            Move the zeros in {numbers} to the end and keep the order of the other numbers.
            the non-zero numbers of {numbers} in order, followed by its zeros
            Push all zeros of a list to the back: [0, 1, 0, 3] becomes [1, 3, 0, 0].
            a new list in which every 0 of {numbers} comes last
            Return {numbers} with its zeros at the end.
            the items of {numbers} rearranged: first those that are not 0, then the zeros
            Put the zeros of {numbers} behind all other numbers without changing their order.
            """,
        bodies="""
            kept = [number for number in numbers if number != 0]
            return kept + [0] * (len(numbers) - len(kept))
            ---
            return [x for x in numbers if x != 0] + [x for x in numbers if x == 0]
            """,
        wrong="""
            return [number for number in numbers if number != 0]
            ---
            return sorted(numbers, reverse=True)
            """,
        reference=lambda xs: sorted(xs, key=lambda x: x == 0),
        plan="Keep the numbers that are not 0. | Append as many zeros as there were.",
        properties=("sorted(result) == sorted(numbers)",),
    ),
    Classic(
        key="partition",
        tier=2,
        names="partition split_even_odd separate even_and_odd divide",
        given=(numbers("numbers", -5, 15),),
        returns="tuple[list[int], list[int]]",
        says="""
            a tuple of two lists: the even numbers of {numbers} and the odd ones
            the even and the odd numbers of {numbers} as a pair of lists
            Split {numbers} into even and odd numbers; return (evens, odds).
            (evens, odds), two lists with the even and the odd elements of {numbers} in order
            Separate the even from the odd numbers in {numbers} and return both lists as a tuple, evens first.
            Partition {numbers} into a list of even and a list of odd numbers, as a tuple.
            Divide the numbers of {numbers} into even ones and odd ones (tuple of two lists).
            two lists in a tuple, first all even items of {numbers}, then all odd items
            """,
        bodies="""
            evens = [number for number in numbers if number % 2 == 0]
            odds = [number for number in numbers if number % 2 != 0]
            return evens, odds
            ---
            evens = []
            odds = []
            for number in numbers:
                if number % 2 == 0:
                    evens.append(number)
                else:
                    odds.append(number)
            return (evens, odds)
            """,
        wrong="""
            evens = [number for number in numbers if number % 2 == 0]
            odds = [number for number in numbers if number % 2 != 0]
            return odds, evens
            ---
            return numbers[::2], numbers[1::2]
            """,
        reference=lambda xs: ([x for x in xs if not x & 1], [x for x in xs if x & 1]),
        plan="Collect the even numbers. | Collect the odd numbers. | Return both as a tuple.",
        properties=("sorted(result[0] + result[1]) == sorted(numbers)",),
    ),
    Classic(
        key="min_and_max",
        tier=1,
        names="min_max min_and_max extremes smallest_and_largest",
        given=(numbers("numbers", -9, 20, [3], least=1),),
        returns="tuple[int, int]",
        says="""
            the smallest and the largest number in {numbers} as a tuple
            a tuple of the minimum and the maximum of {numbers}
            (min, max) of the non-empty list {numbers}
            Find the lowest and highest number of {numbers}; return them as a pair, lowest first.
            both extremes of {numbers} in a tuple: minimum, maximum
            Return a pair with the smallest and the biggest element of {numbers}.
            the minimum and maximum of a list with at least one number, as a tuple
            Get the least and the greatest value of {numbers} together as a tuple.
            """,
        bodies="""
            return min(numbers), max(numbers)
            ---
            ordered = sorted(numbers)
            return (ordered[0], ordered[-1])
            """,
        wrong="""
            return max(numbers), min(numbers)
            ---
            return numbers[0], numbers[-1]
            """,
        reference=lambda xs: (sorted(xs)[0], sorted(xs)[-1]),
        plan="Find the minimum. | Find the maximum. | Return both as a tuple.",
        properties=("result[0] <= result[1]", "result[0] in numbers and result[1] in numbers"),
    ),
    Classic(
        key="index_of_max",
        tier=2,
        names="index_of_max argmax position_of_max max_index",
        given=(numbers("numbers", -9, 12, [4], least=1),),
        returns="int",
        says="""
            the index of the largest number in {numbers}, the first one if it occurs several times
            the position (from 0) of the maximum of {numbers}; the first if there are several
            Find the index of the first maximum of a non-empty list.
            Return where the largest element of {numbers} first occurs, as an index.
            Argmax of {numbers}: the lowest index that holds the maximum
            the first index i such that {numbers}[i] is the maximum
            at which index the biggest number of {numbers} stands (first one on a tie)
            Get the position of the highest value in {numbers}, counting from 0; first occurrence.
            """,
        bodies="""
            return numbers.index(max(numbers))
            ---
            best = 0
            for i in range(len(numbers)):
                if numbers[i] > numbers[best]:
                    best = i
            return best
            """,
        wrong="""
            return max(numbers)
            ---
            best = 0
            for i in range(len(numbers)):
                if numbers[i] >= numbers[best]:
                    best = i
            return best
            """,
        reference=lambda xs: min(range(len(xs)), key=lambda i: (-xs[i], i)),
        plan="Find the maximum. | Return its first index.",
        steps=lambda xs: [max(xs)],
        properties=("numbers[result] == max(numbers)", "0 <= result < len(numbers)"),
    ),
    Classic(
        key="index_of_min",
        tier=2,
        names="index_of_min argmin position_of_min min_index",
        given=(numbers("numbers", -9, 12, [4], least=1),),
        returns="int",
        says="""
            the index of the smallest number in {numbers}, the first one if it occurs several times
            the position (from 0) of the minimum of {numbers}; the first if there are several
            Find the index of the first minimum of a non-empty list.
            Return where the smallest element of {numbers} first occurs, as an index.
            Argmin of {numbers}: the lowest index that holds the minimum
            the first index i such that {numbers}[i] is the minimum
            at which index the least number of {numbers} stands (first one on a tie)
            Get the position of the lowest value in {numbers}, counting from 0; first occurrence.
            """,
        bodies="""
            return numbers.index(min(numbers))
            ---
            best = 0
            for i in range(len(numbers)):
                if numbers[i] < numbers[best]:
                    best = i
            return best
            """,
        wrong="""
            return min(numbers)
            ---
            best = 0
            for i in range(len(numbers)):
                if numbers[i] <= numbers[best]:
                    best = i
            return best
            """,
        reference=lambda xs: min(range(len(xs)), key=lambda i: (xs[i], i)),
        plan="Find the minimum. | Return its first index.",
        steps=lambda xs: [min(xs)],
        properties=("numbers[result] == min(numbers)", "0 <= result < len(numbers)"),
    ),
    Classic(
        key="count_frequencies",
        tier=2,
        names="frequencies count_items frequency count_elements histogram tally",
        given=(numbers("items", 0, 6),),
        returns="dict[int, int]",
        says="""
            a dictionary from each number in {items} to how often it occurs
            how often each number occurs in {items}, as a dict
            Count the occurrences of every element of {items} in a dict.
            the frequency of each number in {items} as a dictionary
            Map every distinct item of {items} to its count.
            Build a frequency table (dict) of the numbers in {items}.
            a dict with the numbers of {items} as keys and their counts as values
            Tally a list: [1, 2, 1] gives {1: 2, 2: 1}.
            """,
        bodies="""
            counts = {}
            for item in items:
                counts[item] = counts.get(item, 0) + 1
            return counts
            ---
            return {item: items.count(item) for item in items}
            ---
            from collections import Counter
            return dict(Counter(items))
            """,
        wrong="""
            return {item: 1 for item in items}
            ---
            counts = {}
            for item in items:
                counts[item] = counts.get(item, 1) + 1
            return counts
            """,
        reference=lambda xs: {x: sum(y == x for y in xs) for x in xs},
        plan="Start with an empty dict. | Add 1 to the count of every item. | Return the dict.",
        properties=("sum(result.values()) == len(items)", "set(result) == set(items)"),
    ),
    Classic(
        key="majority_element",
        tier=3,
        names="majority_element majority find_majority more_than_half",
        given=(numbers("items", 0, 2, [], [1], [1, 2], [3, 3, 1]),),
        returns="int | None",
        says="""
            the number that makes up more than half of {items}, or None if there is none
            the majority element of {items}: it occurs more than len({items}) / 2 times; None without one
            Find the element that occurs in more than half of the places of {items}, else None.
            Return the number with an absolute majority in {items}, or None.
            which number is more than 50 % of {items}; None if no number is
            the value which appears more often in {items} than all other values together, or None
            Majority element of a list (strictly more than half of all items), None if it does not exist.
            the item of {items} whose count exceeds half the length, otherwise None
            """,
        bodies="""
            for item in items:
                if items.count(item) > len(items) / 2:
                    return item
            return None
            ---
            return next((item for item in set(items) if 2 * items.count(item) > len(items)), None)
            """,
        wrong="""
            return max(items, key=items.count) if items else None
            ---
            for item in items:
                if items.count(item) >= len(items) / 2:
                    return item
            return None
            """,
        reference=lambda xs: next((x for x in sorted(xs)[len(xs) // 2 :][:1] if xs.count(x) * 2 > len(xs)), None),
        plan=(
            "Count every number. | Return one that occurs more often than half the length. | "
            "If there is none, return None."
        ),
        steps=lambda xs: [dict(sorted(Counter(xs).items()))],
        properties=("result is None or items.count(result) * 2 > len(items)",),
        thought="Exactly half is not a majority.",
    ),
    Classic(
        key="all_equal",
        tier=1,
        names="all_equal all_same is_uniform same_elements",
        given=(numbers("items", 0, 3, [], [2], [2, 2, 2], [5, 5]),),
        returns="bool",
        says="""
            whether all items of {items} are equal; an empty list counts as equal
            whether every element of {items} is the same (True for an empty list)
            True if {items} contains only one distinct value or nothing
            Return True if all elements of {items} are identical, also for the empty list.
            Are all the items of {items} the same? [] gives True.
            Check if a list consists of equal items only; empty lists do.
            whether no two items of {items} differ
            True if {items} has at most one distinct element, else False
            """,
        bodies="""
            return len(set(items)) <= 1
            ---
            for item in items:
                if item != items[0]:
                    return False
            return True
            """,
        wrong="""
            return len(set(items)) == 1
            ---
            return len(set(items)) == len(items)
            """,
        reference=lambda xs: all(a == b for a, b in itertools.pairwise(xs)),
        plan="Compare every item with the first. | If one differs, return False. | Otherwise return True.",
    ),
    Classic(
        key="all_positive",
        tier=1,
        names="all_positive are_all_positive only_positive every_positive",
        given=(numbers("numbers", -2, 9, [], [0], [1, 2]),),
        returns="bool",
        says="""
            whether all numbers in {numbers} are positive (greater than 0)
            True if every number of {numbers} is above zero; True for an empty list
            Return True if {numbers} contains no zero and no negative number.
            Are all numbers in {numbers} greater than zero?
            whether each element of {numbers} is larger than 0
            Check that a list has only positive numbers (0 is not positive).
            True if no number in {numbers} is zero or below, else False
            whether {numbers} consists of positive numbers only
            """,
        bodies="""
            return all(number > 0 for number in numbers)
            ---
            for number in numbers:
                if number <= 0:
                    return False
            return True
            """,
        wrong="""
            return any(number > 0 for number in numbers)
            ---
            return all(number >= 0 for number in numbers)
            """,
        reference=lambda xs: min(xs, default=1) > 0,
        plan="Go through {numbers}. | If one is not above 0, return False. | Otherwise return True.",
        steps=lambda xs: [[x > 0 for x in xs]],
        properties=("numbers or result",),
    ),
    Classic(
        key="any_negative",
        tier=1,
        names="any_negative has_negative contains_negative has_negatives",
        given=(numbers("numbers", -3, 9, [], [0], [1, 2]),),
        returns="bool",
        says="""
            whether {numbers} contains a negative number
            whether any number in {numbers} is below zero
            True if at least one element of {numbers} is negative, False for an empty list
            Return True if some number of {numbers} is less than 0.
            Is there a negative number in {numbers}?
            Check if a list has at least one number below 0.
            whether one or more of the numbers in {numbers} are negative
            True if not all numbers in {numbers} are zero or positive
            """,
        bodies="""
            return any(number < 0 for number in numbers)
            ---
            for number in numbers:
                if number < 0:
                    return True
            return False
            """,
        wrong="""
            return any(number <= 0 for number in numbers)
            ---
            return all(number < 0 for number in numbers)
            """,
        reference=lambda xs: min(xs, default=0) < 0,
        plan="Go through {numbers}. | If one is below 0, return True. | Otherwise return False.",
        steps=lambda xs: [[x < 0 for x in xs]],
        properties=("numbers or not result",),
    ),
    Classic(
        key="swap_first_last_list",
        tier=2,
        names="swap_first_last swap_ends exchange_ends swap_list_ends",
        given=(numbers("items", 0, 9, [], [1], [1, 2]),),
        returns="list[int]",
        says="""
            a copy of {items} with its first and last items swapped
            Exchange the first and the last element of the list {items}; shorter lists than 2 stay as they are.
            a new list in which the first and last elements of {items} have changed places
            Swap the ends of a list: [1, 2, 3] becomes [3, 2, 1] and [4, 5, 6, 7] becomes [7, 5, 6, 4].
            the list {items} where the first item is last and the last one first
            Return {items} with both end items exchanged, without changing the argument.
            the items of {items} with the outer two swapped (unchanged if there are fewer than two)
            Put the last item first and the first item last, the rest of {items} stays in place.
            """,
        bodies="""
            result = list(items)
            if result:
                result[0], result[-1] = result[-1], result[0]
            return result
            ---
            if len(items) < 2:
                return list(items)
            return [items[-1]] + items[1:-1] + [items[0]]
            """,
        wrong="""
            return items[::-1]
            ---
            return [items[-1]] + items[1:-1] + [items[0]] if items else []
            """,
        reference=lambda xs: [xs[-1 - i] if i in (0, len(xs) - 1) else x for i, x in enumerate(xs)],
        plan="Copy {items}. | Swap the first and the last item. | Return the copy.",
        properties=("sorted(result) == sorted(items)", "result[1:-1] == items[1:-1]"),
    ),
    Classic(
        key="sliding_windows",
        tier=2,
        names="windows sliding_windows sublists consecutive_groups ngrams",
        given=(numbers("items", 0, 9), whole("size n k width", 1, 4)),
        returns="list[list[int]]",
        says="""
            all runs of {size} consecutive items of {items}, as lists
            the sliding windows of length {size} over {items}
            every contiguous sublist of {items} with exactly {size} items, from left to right
            a list of all slices of {items} that are {size} long
            Slide a window of {size} items over {items} and collect each window as a list.
            Return each group of {size} neighbouring items of {items}; empty if there are fewer than {size}.
            N-grams of the list {items} with n = {size}, as lists
            the overlapping sublists of length {size} in {items}
            """,
        bodies="""
            return [items[i:i + size] for i in range(len(items) - size + 1)]
            ---
            result = []
            for i in range(len(items) - size + 1):
                result.append(items[i:i + size])
            return result
            """,
        wrong="""
            return [items[i:i + size] for i in range(len(items))]
            ---
            return [items[i:i + size] for i in range(0, len(items), size)]
            """,
        reference=lambda xs, k: [list(w) for w in zip(*(xs[i:] for i in range(k)), strict=False)],
        plan="Go through the starts at which {size} items fit. | Take the slice from each.",
        properties=("len(result) == max(len(items) - size + 1, 0)", "all(len(w) == size for w in result)"),
    ),
    Classic(
        key="neighbour_pairs",
        tier=1,
        names="pairs pairwise adjacent_pairs consecutive_pairs neighbours",
        given=(numbers("items", 0, 9, [], [1]),),
        returns="list[tuple[int, int]]",
        says="""
            the pairs of neighbouring items in {items} as tuples
            a list of tuples of each item of {items} and the one after it
            Pair every element of {items} with the next one.
            all consecutive pairs of {items}: [1, 2, 3] gives [(1, 2), (2, 3)]
            ({items}[i], {items}[i + 1]) for every i, in a list
            the adjacent pairs of the list {items}, as tuples
            Return each two successive items of {items} as a tuple; nothing for fewer than two items.
            List the neighbours (item, next item) in {items}.
            """,
        bodies="""
            return list(zip(items, items[1:]))
            ---
            return [(items[i], items[i + 1]) for i in range(len(items) - 1)]
            """,
        wrong="""
            return [(items[i], items[i + 1]) for i in range(0, len(items) - 1, 2)]
            ---
            return [[items[i], items[i + 1]] for i in range(len(items) - 1)]
            """,
        reference=lambda xs: list(itertools.pairwise(xs)),
        plan="Go through {items}. | Put each item into a tuple with the next one.",
        properties=("len(result) == max(len(items) - 1, 0)",),
    ),
    Classic(
        key="all_pairs",
        tier=2,
        names="all_pairs combinations_of_two unique_pairs pair_combinations",
        given=(distinct_numbers("items", 0, 9, most=4),),
        returns="list[tuple[int, int]]",
        says="""
            all pairs of two different items of {items} as tuples, in the order of the list
            every combination of two elements of {items} as a list of tuples, earlier item first
            List all pairs ({items}[i], {items}[j]) with i < j.
            the combinations of two items from {items}, in list order
            Return each possible pair of items in {items} once, as tuples in order of position.
            all ways to choose two items of {items}, as tuples with the earlier item first
            Combine every item of {items} with each later one into a tuple.
            Every unordered pair from {items}: [1, 2, 3] gives [(1, 2), (1, 3), (2, 3)].
            """,
        bodies="""
            result = []
            for i in range(len(items)):
                for j in range(i + 1, len(items)):
                    result.append((items[i], items[j]))
            return result
            ---
            from itertools import combinations
            return list(combinations(items, 2))
            """,
        wrong="""
            return [(a, b) for a in items for b in items]
            ---
            return [(a, b) for a in items for b in items if a != b]
            """,
        reference=lambda xs: list(itertools.combinations(xs, 2)),
        plan="Go through the items. | Pair each with every later item. | Collect the tuples.",
        properties=("len(result) == len(items) * (len(items) - 1) // 2",),
    ),
    Classic(
        key="subsets",
        tier=3,
        names="subsets powerset power_set all_subsets",
        given=(distinct_numbers("items", 0, 9, most=3),),
        returns="list[list[int]]",
        says="""
            all subsets of {items} as lists: first those without the first item, then those with it, recursively
            every subset of {items}; begin with [[]] and for each item add all lists so far with the item appended
            the power set of {items} as a list of lists: start with the empty list, and each item doubles the lists so far
            Build all subsets of {items}: from [[]] on, append for each item a copy of every list so far with that item.
            Power set of {items}, in the order [], [a], [b], [a, b], [c], [a, c], [b, c], [a, b, c].
            List all subsets of {items} in binary counting order: [1, 2] gives [[], [1], [2], [1, 2]].
            all sublists of {items} keeping the order of items, ordered like [[], [a], [b], [a, b], ...]
            the subsets of {items}, smallest index first: [[], [x], [y], [x, y], ...], doubling with each item
            """,
        bodies="""
            result = [[]]
            for item in items:
                result += [subset + [item] for subset in result]
            return result
            """,
        wrong="""
            return [[item] for item in items]
            ---
            result = []
            for item in items:
                result += [subset + [item] for subset in result]
            return result
            """,
        reference=lambda xs: [[x for i, x in enumerate(xs) if mask >> i & 1] for mask in range(2 ** len(xs))],
        plan=(
            "Begin with a list that holds the empty list. | "
            "For each item, add copies of all lists so far with the item appended."
        ),
        properties=("len(result) == 2 ** len(items)", "[] in result", "list(items) in result"),
        thought="The empty subset is one too.",
    ),
    Classic(
        key="max_profit",
        tier=3,
        names="max_profit best_profit stock_profit buy_and_sell",
        given=(numbers("prices values p", 1, 15, [], [5], [5, 4, 1]),),
        returns="int",
        says="""
            the largest profit from buying at one of the {prices} and selling at a later one; 0 if none is possible
            the maximum of a later minus an earlier number in {prices}, but at least 0
            Best time to buy and sell: the biggest gain {prices}[j] - {prices}[i] with i < j, or 0.
            how much one can earn at most by one purchase and a later sale at the given {prices} (never negative)
            Given stock {prices} by day, return the best profit of one buy and one later sell, 0 if there is none.
            the maximum profit of a single transaction on {prices}; 0 if prices only fall
            Find the greatest difference of a later price and an earlier price in {prices}, 0 when it would be negative.
            the highest possible profit when buying on one day and selling on a later day of {prices}, else 0
            """,
        bodies="""
            best = 0
            for i in range(len(prices)):
                for j in range(i + 1, len(prices)):
                    best = max(best, prices[j] - prices[i])
            return best
            ---
            best = 0
            lowest = None
            for price in prices:
                if lowest is None or price < lowest:
                    lowest = price
                best = max(best, price - lowest)
            return best
            """,
        wrong="""
            return max(prices) - min(prices) if prices else 0
            ---
            return max(0, prices[-1] - prices[0]) if prices else 0
            """,
        reference=lambda xs: max((b - a for a, b in itertools.combinations(xs, 2) if b > a), default=0),
        plan=(
            "Remember the lowest price so far. | At each price, compute the gain over it. | "
            "Return the largest gain, at least 0."
        ),
        properties=("result >= 0",),
        thought="The sale must come after the purchase.",
    ),
    Classic(
        key="local_peaks",
        tier=3,
        names="find_peaks peaks local_maxima count_peaks local_peaks",
        given=(numbers("numbers", 0, 9, [1, 3, 1], most=7),),
        returns="list[int]",
        says="""
            the numbers in {numbers} that are greater than both of their neighbours; the ends do not count
            all peaks of {numbers}: inner items larger than the one before and the one after
            Find the local maxima of {numbers} (strictly above both neighbours, first and last item excluded).
            a list of the items of {numbers} that have two neighbours and exceed both
            Return every number of {numbers} that is larger than its left and its right neighbour, ends left out.
            the values of {numbers} that stick out above both items next to them (never the first or last)
            List the peaks in {numbers}; a peak has a smaller number directly before and directly after it.
            Local maxima in {numbers}, without the two ends, as a list of values
            """,
        bodies="""
            result = []
            for i in range(1, len(numbers) - 1):
                if numbers[i] > numbers[i - 1] and numbers[i] > numbers[i + 1]:
                    result.append(numbers[i])
            return result
            ---
            return [b for a, b, c in zip(numbers, numbers[1:], numbers[2:]) if a < b > c]
            """,
        wrong="""
            return [b for a, b, c in zip(numbers, numbers[1:], numbers[2:]) if a <= b >= c]
            ---
            return [i for i in range(1, len(numbers) - 1) if numbers[i - 1] < numbers[i] > numbers[i + 1]]
            """,
        reference=lambda xs: [xs[i] for i in range(1, len(xs) - 1) if xs[i] > max(xs[i - 1], xs[i + 1])],
        plan="Go through the items that have two neighbours. | Keep those greater than both.",
        properties=("all(x in numbers for x in result)", "len(result) <= len(numbers) // 2"),
    ),
    Classic(
        key="sum_without_extremes",
        tier=2,
        names="sum_without_min_max trimmed_sum sum_middle sum_array",
        given=(numbers("numbers", 0, 12, [], [3], [3, 4], [4, 4, 4]),),
        returns="int",
        says="""
            the sum of {numbers} without one smallest and one largest number; 0 if there are fewer than two
            Add up {numbers} except its lowest and highest item (one each); 0 for lists of less than two.
            the total of {numbers} minus its minimum and its maximum, or 0 for fewer than two numbers
            Sum all but one minimum and one maximum of {numbers}; short lists (under 2) give 0.
            the trimmed sum of {numbers}: leave out the smallest and the largest once each (0 if under two items)
            Drop one lowest and one highest number of {numbers} and sum the rest; return 0 for less than two numbers.
            the sum of the judges' marks {numbers} without the best and the worst one, 0 if there are fewer than 2
            what the numbers of {numbers} add up to when a minimum and a maximum are removed, 0 below two numbers
            """,
        bodies="""
            if len(numbers) < 2:
                return 0
            return sum(numbers) - min(numbers) - max(numbers)
            ---
            return sum(sorted(numbers)[1:-1])
            """,
        wrong="""
            return sum(numbers) - min(numbers, default=0) - max(numbers, default=0)
            ---
            return sum(x for x in numbers if x not in (min(numbers), max(numbers)))
            """,
        reference=lambda xs: sum(sorted(xs)[i] for i in range(1, len(xs) - 1)),
        plan="If there are fewer than two numbers, return 0. | Add all up. | Subtract the minimum and the maximum.",
        steps=lambda xs: [sorted(xs)],
        properties=("len(numbers) > 2 or result == 0",),
        thought="Only one of several equal extremes is left out.",
    ),
    Classic(
        key="closest_to",
        tier=2,
        names="closest closest_to nearest find_closest nearest_number",
        given=(numbers("numbers", -5, 15, least=1), whole("target value x n", -5, 15)),
        returns="int",
        says="""
            the number in {numbers} closest to {target}, the smaller one if two are equally close
            the element of {numbers} with the smallest distance to {target}; on a tie the smaller element
            Find the number of the non-empty list {numbers} that is nearest to {target} (ties: the smaller).
            Return the item of {numbers} that differs least from {target}, and the lower one of two such items.
            which number of {numbers} is nearest to {target}; if two are, the smaller of them
            the nearest value to {target} in {numbers}, preferring the lower one on equal distance
            Get the closest number to {target} from {numbers}; for equal distances take the smaller number.
            the number x of {numbers} for which |x - {target}| is least, the lesser one in a tie
            """,
        bodies="""
            return min(sorted(numbers), key=lambda x: abs(x - target))
            ---
            best = None
            for x in sorted(numbers):
                if best is None or abs(x - target) < abs(best - target):
                    best = x
            return best
            """,
        wrong="""
            return min(numbers, key=lambda x: x - target)
            ---
            return max(sorted(numbers), key=lambda x: abs(x - target))
            """,
        reference=lambda xs, t: next(t + s * d for d in range(99) for s in (-1, 1) if t + s * d in xs),
        plan="Sort {numbers}. | Return the first with the smallest distance to {target}.",
        steps=lambda xs, t: [[abs(x - t) for x in xs]],
        properties=("result in numbers", "all(abs(result - target) <= abs(x - target) for x in numbers)"),
    ),
    Classic(
        key="bigger_than_all_right",
        tier=3,
        names="leaders find_leaders array_leaders right_maxima",
        given=(numbers("numbers", 0, 12, []),),
        returns="list[int]",
        says="""
            the numbers in {numbers} that are greater than every number after them
            the leaders of {numbers}: items larger than all items to their right, in order
            Find all elements of {numbers} that no later element reaches; the last one always counts.
            a list of the items of {numbers} which are strictly greater than everything that follows
            Return the leaders of an array: numbers bigger than all to the right of them, left to right.
            every number of {numbers} such that all later numbers are smaller
            List the items in {numbers} that exceed all the items behind them.
            those elements of {numbers} that are larger than the maximum of the rest of the list after them
            """,
        bodies="""
            result = []
            for i in range(len(numbers)):
                if all(numbers[i] > other for other in numbers[i + 1:]):
                    result.append(numbers[i])
            return result
            ---
            result = []
            for number in reversed(numbers):
                if not result or number > result[0]:
                    result.insert(0, number)
            return result
            """,
        wrong="""
            return [a for a, b in zip(numbers, numbers[1:]) if a > b]
            ---
            return [x for i, x in enumerate(numbers) if all(x > y for y in numbers[:i])]
            """,
        reference=lambda xs: [x for i, x in enumerate(xs) if x > max(xs[i + 1 :], default=-1)],
        plan="Go through {numbers}. | Keep each number that is greater than all numbers after it.",
        properties=("result == sorted(result, reverse=True)", "not numbers or result[-1] == numbers[-1]"),
    ),
    Classic(
        key="equilibrium_index",
        tier=3,
        names="pivot_index equilibrium balance_index find_pivot",
        given=(numbers("numbers", -2, 5, [], [5], [1, 2, 3, 3], [2, 1, 2], [1, 7, 3, 6, 5, 6], [0, 0]),),
        returns="int",
        says="""
            the first index of {numbers} where the sum of the numbers before equals the sum of those after; -1 if none
            the pivot index of {numbers}: left sum equals right sum, the number itself excluded; -1 if there is none
            Find the leftmost index at which the numbers left of it and right of it have equal sums, or -1.
            Return the first i with sum({numbers}[:i]) == sum({numbers}[i + 1:]), otherwise -1.
            the position that balances {numbers}: equal totals on both sides of it (first such position, else -1)
            the smallest index i of {numbers} such that all before i and all after i add up to the same, -1 if none does
            Equilibrium index of {numbers}: the lowest index with equal sums to its left and right; -1 without one.
            at which index the sums of {numbers} to the left and to the right are equal (the first; -1 if nowhere)
            """,
        bodies="""
            for i in range(len(numbers)):
                if sum(numbers[:i]) == sum(numbers[i + 1:]):
                    return i
            return -1
            """,
        wrong="""
            for i in range(len(numbers)):
                if sum(numbers[:i]) == sum(numbers[i:]):
                    return i
            return -1
            ---
            for i in range(1, len(numbers) - 1):
                if sum(numbers[:i]) == sum(numbers[i + 1:]):
                    return i
            return -1
            """,
        reference=lambda xs: ([i for i, x in enumerate(xs) if 2 * sum(xs[:i]) + x == sum(xs)] + [-1])[0],
        plan=(
            "Go through the indexes. | Compare the sum before with the sum after. | "
            "Return the first with equal sums, else -1."
        ),
        properties=("-1 <= result < len(numbers)",),
        thought="The number at the index belongs to neither side.",
    ),
    Classic(
        key="insert_sorted",
        tier=2,
        names="insert_sorted insort sorted_insert insert_into_sorted",
        given=(numbers("items", 0, 12, [], ordered=True), whole("value x n number", 0, 12)),
        returns="list[int]",
        says="""
            a new list with {value} inserted into the sorted list {items} so that it stays sorted
            the sorted list {items} with {value} added at the right place
            Insert {value} into sorted {items} and return the new sorted list.
            a sorted copy of {items} that also contains {value}
            Add {value} to the ascending list {items}, keeping the order; do not change {items}.
            Put {value} where it belongs in the ordered list {items} (as a new list).
            {items} and {value} together in ascending order, where {items} is already sorted
            Return {items} plus {value}, still sorted.
            """,
        bodies="""
            return sorted(items + [value])
            ---
            i = 0
            while i < len(items) and items[i] < value:
                i += 1
            return items[:i] + [value] + items[i:]
            """,
        wrong="""
            return items + [value]
            ---
            return sorted(set(items + [value]))
            """,
        reference=lambda xs, v: [x for x in xs if x <= v] + [v] + [x for x in xs if x > v],
        plan="Find the first item that is not below {value}. | Put {value} before it.",
        properties=("len(result) == len(items) + 1", "result == sorted(result)"),
    ),
    Classic(
        key="sum_nested",
        tier=2,
        names="sum_nested nested_sum total_of_lists sum_all sum_of_lists",
        given=(nested("lists", -3, 9, []),),
        returns="int",
        says="""
            the sum of all numbers in all lists of {lists}
            the total of every number in the list of lists {lists}
            Add up all the numbers in the inner lists of {lists}.
            Sum a list of lists of integers.
            the sum of the sums of the lists in {lists}
            Return what all numbers in the nested list {lists} add up to (0 if there are none).
            the grand total of {lists}, a list of lists of numbers
            Sum every number contained in any of the lists in {lists}.
            """,
        bodies="""
            return sum(sum(inner) for inner in lists)
            ---
            total = 0
            for inner in lists:
                for number in inner:
                    total += number
            return total
            """,
        wrong="""
            return [sum(inner) for inner in lists]
            ---
            return sum(len(inner) for inner in lists)
            """,
        reference=lambda xs: functools.reduce(operator.add, itertools.chain(*xs), 0),
        plan="Add up each inner list. | Add the sums up.",
        steps=lambda xs: [[sum(x) for x in xs]],
    ),
    Classic(
        key="longest_list",
        tier=1,
        names="longest_list longest max_by_length largest_list",
        given=(nested("lists", 0, 9, [[1], [2]], least=1),),
        returns="list[int]",
        says="""
            the longest list in {lists}, the first one if several are equally long
            the inner list of {lists} that has the most items; the first on a tie
            Find the list with the greatest length in {lists} (the first of several).
            which of the lists in {lists} is longest; if several are, the first
            Return the first inner list of maximal length in the non-empty list {lists}.
            the element of {lists} with the largest number of items, the earliest one in a tie
            Get the longest sublist of {lists}; of equally long ones the first.
            the biggest list by length among {lists}, first one wins
            """,
        bodies="""
            return max(lists, key=len)
            ---
            best = lists[0]
            for inner in lists:
                if len(inner) > len(best):
                    best = inner
            return best
            """,
        wrong="""
            return max(lists)
            ---
            best = lists[0]
            for inner in lists:
                if len(inner) >= len(best):
                    best = inner
            return best
            ---
            return max(len(inner) for inner in lists)
            """,
        reference=lambda xs: sorted(xs, key=lambda x: -len(x))[0],
        plan="Compare the lengths of the lists. | Return the first longest one.",
        steps=lambda xs: [[len(x) for x in xs]],
        properties=("result in lists", "all(len(x) <= len(result) for x in lists)"),
    ),
    Classic(
        key="zip_to_pairs",
        tier=1,
        names="zip_lists pair_up make_pairs combine zip_pairs",
        given=(words("names keys labels words", most=3), numbers("values numbers scores ages", most=3)),
        returns="list[tuple[str, int]]",
        says="""
            the items of {names} and {values} paired up as tuples, as far as the shorter list goes
            a list of tuples of each item of {names} with the one of {values} at the same position
            Pair each of {names} with the corresponding one of {values}; extra items are dropped.
            Zip two lists into a list of tuples.
            ({names}[i], {values}[i]) for all positions that both lists have
            Combine {names} and {values} into a list of pairs, ending with the shorter list.
            Tuples made of the items at equal positions in {names} and {values}
            Return the pairs of the two lists {names} and {values} as tuples (shorter one decides).
            """,
        bodies="""
            return list(zip(names, values))
            ---
            result = []
            for i in range(min(len(names), len(values))):
                result.append((names[i], values[i]))
            return result
            """,
        wrong="""
            return [(name, value) for name in names for value in values]
            ---
            return [[name, value] for name, value in zip(names, values)]
            """,
        reference=lambda a, b: [(a[i], b[i]) for i in range(len(a)) if i < len(b)],
        plan="Go through {names} and {values} in parallel. | Make a tuple of each pair.",
        properties=("len(result) == min(len(names), len(values))",),
    ),
)
