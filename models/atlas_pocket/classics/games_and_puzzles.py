"""FizzBuzz, recursion classics, games."""

from __future__ import annotations

import itertools
import math
import re

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import distinct_numbers, numbers, one_of, square, text, whole, word


def _islands(grid: list[list[int]]) -> int:
    """Count the labels left when every land cell takes the smallest label among its neighbours, over and over."""
    labels = {(i, j): (i, j) for i, row in enumerate(grid) for j, cell in enumerate(row) if cell}
    for _ in range(len(labels)):
        for i, j in labels:
            near = ((i, j), (i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1))
            labels[i, j] = min(labels[place] for place in near if place in labels)
    return len(set(labels.values()))


CLASSICS = (
    Classic(
        key="fizzbuzz",
        tier=2,
        names="fizzbuzz fizz_buzz fizzbuzz_value fizz",
        given=(whole("n", 1, 40, 3, 5, 15, 30, 1),),
        returns="str",
        says="""
            'FizzBuzz' if {n} is divisible by 3 and 5, 'Fizz' if only by 3, 'Buzz' if only by 5, else {n} as a string
            the FizzBuzz word for {n}: 'Fizz' for multiples of 3, 'Buzz' for those of 5, 'FizzBuzz' for both, else str({n})
            FizzBuzz for a single number: Fizz (3), Buzz (5), FizzBuzz (15), otherwise the number as a string.
            Return 'Fizz', 'Buzz' or 'FizzBuzz' if {n} is divisible by 3, 5 or both, and otherwise the string of {n}.
            what is said for {n} in the game FizzBuzz, as a string
            Play FizzBuzz with {n}; numbers that 3 and 5 do not divide are returned as strings.
            the string 'Fizz' when 3 divides {n}, 'Buzz' when 5 does, 'FizzBuzz' when both do, str({n}) when neither does
            Fizzbuzz of {n} as text: multiples of 15 give 'FizzBuzz', of 3 'Fizz', of 5 'Buzz', the rest its digits
            """,
        bodies="""
            if n % 15 == 0:
                return "FizzBuzz"
            if n % 3 == 0:
                return "Fizz"
            if n % 5 == 0:
                return "Buzz"
            return str(n)
            ---
            result = ""
            if n % 3 == 0:
                result += "Fizz"
            if n % 5 == 0:
                result += "Buzz"
            return result or str(n)
            """,
        wrong="""
            if n % 3 == 0:
                return "Fizz"
            if n % 5 == 0:
                return "Buzz"
            if n % 15 == 0:
                return "FizzBuzz"
            return str(n)
            ---
            if n % 15 == 0:
                return "FizzBuzz"
            if n % 3 == 0:
                return "Fizz"
            if n % 5 == 0:
                return "Buzz"
            return n
            """,
        reference=lambda n: [str(n), "Fizz", "Buzz", "FizzBuzz"][(math.gcd(n, 3) == 3) + 2 * (math.gcd(n, 5) == 5)],
        plan=(
            "If 15 divides {n}, it is FizzBuzz. | If 3 does, it is Fizz; if 5 does, Buzz. | "
            "Otherwise return {n} as a string."
        ),
        steps=lambda n: [n % 3, n % 5],
        properties=("result.startswith('Fizz') == (n % 3 == 0)", "result.endswith('Buzz') == (n % 5 == 0)"),
        thought="The case of both has to be tested first.",
    ),
    Classic(
        key="fizzbuzz_list",
        tier=3,
        names="fizzbuzz fizz_buzz fizzbuzz_list fizzbuzz_up_to",
        given=(whole("n", 0, 16, 0, 1, 5, 15),),
        returns="list[str]",
        says="""
            the FizzBuzz strings for 1 to {n}: 'Fizz' for multiples of 3, 'Buzz' of 5, 'FizzBuzz' of both, else str(i)
            a list of strings for the numbers from 1 to {n}: 'Fizz', 'Buzz', 'FizzBuzz' or the number itself
            Play FizzBuzz from 1 to {n} and return everything said as a list of strings.
            FizzBuzz up to and including {n} as a list of strings.
            Return a list with 'FizzBuzz' for multiples of 15, 'Fizz' of 3, 'Buzz' of 5, else str(i), for i in 1..{n}.
            the classic FizzBuzz sequence of length {n}, starting at 1, as strings
            for every number from 1 through {n} its FizzBuzz word or its digits, in a list
            List fizzbuzz of 1, 2, ..., {n}; plain numbers are strings too.
            """,
        bodies="""
            result = []
            for i in range(1, n + 1):
                if i % 15 == 0:
                    result.append("FizzBuzz")
                elif i % 3 == 0:
                    result.append("Fizz")
                elif i % 5 == 0:
                    result.append("Buzz")
                else:
                    result.append(str(i))
            return result
            ---
            return ["Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0) or str(i) for i in range(1, n + 1)]
            """,
        wrong="""
            return ["Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0) or str(i) for i in range(n)]
            ---
            return ["Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0) or i for i in range(1, n + 1)]
            """,
        reference=lambda n: [
            {0: "FizzBuzz", 3: "Fizz", 6: "Fizz", 9: "Fizz", 12: "Fizz", 5: "Buzz", 10: "Buzz"}.get(i % 15, str(i))
            for i in range(1, n + 1)
        ],
        plan=(
            "Go through the numbers from 1 to {n}. | Test 15 first, then 3, then 5. | "
            "Otherwise keep the number as a string."
        ),
        properties=("len(result) == n",),
    ),
    Classic(
        key="hanoi_moves",
        tier=2,
        names="hanoi hanoi_moves tower_of_hanoi count_hanoi_moves",
        given=(whole("n disks count k", 0, 8, 0, 1, 2),),
        returns="int",
        says="""
            the least number of moves that solve the Tower of Hanoi with {n} disks
            how many moves the Towers of Hanoi take for {n} disks
            Count the moves needed to bring {n} disks to another peg in the Tower of Hanoi.
            2 ** {n} - 1, the moves of the Tower of Hanoi
            the minimum number of steps for the Tower of Hanoi puzzle of {n} disks; 0 for no disk
            Tower of Hanoi: how many moves does it take to move {n} disks?
            Solve the number of Hanoi moves for {n} disks recursively: twice the moves for one less, plus one.
            Given the number of disks, return the minimal number of moves in the Tower of Hanoi.
            """,
        bodies="""
            return 2 ** n - 1
            ---
            if n == 0:
                return 0
            return 2 * hanoi_moves(n - 1) + 1
            """,
        wrong="""
            return 2 ** n
            ---
            return 2 * n - 1
            """,
        reference=lambda n: sum(1 << i for i in range(n)),
        plan="No disk takes no move. | {n} disks take twice as many moves as one less, plus 1.",
        steps=lambda n: [[2**i - 1 for i in range(1, n + 1)]],
        properties=("result >= n",),
    ),
    Classic(
        key="climb_stairs",
        tier=3,
        names="climb_stairs staircase count_ways_to_climb stairs ways_to_climb",
        given=(whole("n steps stairs k", 0, 10, 0, 1, 2),),
        returns="int",
        says="""
            the number of ways to climb {n} stairs with steps of 1 or 2
            how many ways there are to go up {n} steps taking one or two at a time (1 way for 0)
            Count the sequences of 1s and 2s that add up to {n}; the empty one counts for 0.
            in how many ways {n} can be written as an ordered sum of ones and twos
            Climbing stairs: each move takes 1 or 2 steps; return the number of ways to take {n} steps.
            Return how many different ways lead to the top of a staircase of {n} steps by single and double steps.
            the number of ordered ways to reach exactly {n} with jumps of 1 and 2, where 0 is reached in one way
            Staircase problem: ways to climb {n} steps when you may take one or two at once.
            """,
        bodies="""
            a, b = 1, 1
            for _ in range(n):
                a, b = b, a + b
            return a
            ---
            if n <= 1:
                return 1
            return climb_stairs(n - 1) + climb_stairs(n - 2)
            """,
        wrong="""
            a, b = 0, 1
            for _ in range(n):
                a, b = b, a + b
            return a
            ---
            return n
            ---
            return 2 ** n
            """,
        reference=lambda n: sum(math.comb(n - twos, twos) for twos in range(n // 2 + 1)),
        plan="One way for 0 and for 1 step. | For more, add the ways for one step less and for two steps less.",
        properties=("result >= 1",),
    ),
    Classic(
        key="grid_paths",
        tier=3,
        names="grid_paths unique_paths count_paths lattice_paths",
        given=(whole("rows m a height", 1, 5, 1), whole("columns n b width", 1, 5, 1)),
        returns="int",
        says="""
            the number of ways from the top left to the bottom right of a {rows} x {columns} grid, moving right or down
            how many paths lead through a grid of {rows} rows and {columns} columns, going only right and down
            Count the unique paths from corner to corner of a {rows} by {columns} grid with moves right and down.
            Unique paths in a grid with {rows} rows and {columns} columns (only down and right moves).
            Return the number of shortest paths from the upper left to the lower right cell of a {rows} x {columns} board.
            in how many ways a robot can go from the first to the last cell of a {rows} by {columns} grid, right or down
            the count of right/down routes over a grid of {rows} x {columns} cells, from one corner to the opposite one
            Grid paths: cells {rows} by {columns}, each step goes one cell right or one cell down.
            """,
        bodies="""
            if rows == 1 or columns == 1:
                return 1
            return grid_paths(rows - 1, columns) + grid_paths(rows, columns - 1)
            ---
            import math
            return math.comb(rows + columns - 2, rows - 1)
            """,
        wrong="""
            import math
            return math.comb(rows + columns, rows)
            ---
            return rows * columns
            """,
        reference=lambda r, c: sum(1 for way in itertools.product("rd", repeat=r + c - 2) if way.count("d") == r - 1),
        plan=(
            "In a single row or column there is one path. | "
            "Otherwise add the paths of one row less and of one column less."
        ),
        properties=("result >= 1",),
    ),
    Classic(
        key="rock_paper_scissors",
        tier=3,
        names="rock_paper_scissors rps winner play who_wins",
        given=(
            one_of("a first player1 p1", "str", "rock", "paper", "scissors"),
            one_of("b second player2 p2", "str", "rock", "paper", "scissors"),
        ),
        returns="int",
        says="""
            who wins rock, paper, scissors: 1 if {a} beats {b}, 2 if {b} beats {a}, 0 for a draw
            1 if the first choice {a} wins against {b} in rock-paper-scissors, 2 if it loses, 0 if both are equal
            Play rock paper scissors with {a} against {b} and return the winner's number, 1 or 2, or 0 for a tie.
            the winner (1 for {a}, 2 for {b}, 0 for none) of 'rock', 'paper', 'scissors'
            Decide a round of rock-paper-scissors: {a} is player 1, {b} is player 2; return 1, 2 or 0 when equal.
            Return 0 if {a} equals {b}, 1 if {a} beats {b} by the rules of rock, paper, scissors, else 2.
            the number of the player who wins with {a} (player 1) against {b} (player 2); 0 means a draw
            Rock beats scissors, scissors beat paper, paper beats rock: 1 if {a} wins, 2 if {b} wins, 0 otherwise.
            """,
        bodies="""
            beats = {"rock": "scissors", "scissors": "paper", "paper": "rock"}
            if a == b:
                return 0
            return 1 if beats[a] == b else 2
            ---
            if a == b:
                return 0
            if (a, b) in (("rock", "scissors"), ("scissors", "paper"), ("paper", "rock")):
                return 1
            return 2
            """,
        wrong="""
            beats = {"rock": "scissors", "scissors": "paper", "paper": "rock"}
            return 1 if beats[a] == b else 2
            ---
            beats = {"rock": "paper", "scissors": "rock", "paper": "scissors"}
            if a == b:
                return 0
            return 1 if beats[a] == b else 2
            """,
        reference=lambda a, b: ("rps".index(a[0]) - "rps".index(b[0])) % 3,
        plan="Equal choices are a draw. | Look up what {a} beats. | If that is {b}, return 1, else 2.",
        properties=("(result == 0) == (a == b)",),
    ),
    Classic(
        key="tic_tac_toe_winner",
        tier=3,
        names="tic_tac_toe_winner check_winner winner ttt_winner",
        given=(
            one_of(
                "board grid rows field",
                "list[str]",
                ["XXX", "OO ", "   "],
                ["XO ", "XO ", "X  "],
                ["OX ", "XOX", "  O"],
                ["X O", " OX", "O X"],
                ["XOX", "XOO", "OXX"],
                ["   ", "   ", "   "],
                ["XO ", " O ", "XO "],
                ["X O", "OXX", "  X"],
                ["OX ", "X O", "XX "],
                ["XX ", "OOO", "X  "],
            ),
        ),
        returns="str",
        says="""
            'X' or 'O' if that player has three in a row on {board} (three strings of three), otherwise ''
            the winner of the tic-tac-toe {board}, given as three strings of 'X', 'O' and ' ', or '' if nobody has won
            Find who has a full row, column or diagonal on {board}, a list of three strings; '' if no one.
            Check a tic-tac-toe {board} (3 strings of length 3) for a line of three; return 'X', 'O' or ''.
            the player with three equal marks in a line of {board}: rows, columns, both diagonals; '' without a winner
            Return the letter that fills a whole line of the 3x3 {board}, or an empty string; spaces are free cells.
            Tic tac toe: 'X' if X has won on {board}, 'O' if O has, '' if neither; the board is a list of 3 strings
            who has won on {board} (three rows as strings, blanks are spaces), '' when there is no winner yet
            """,
        bodies="""
            lines = list(board)
            lines += ["".join(column) for column in zip(*board)]
            lines.append(board[0][0] + board[1][1] + board[2][2])
            lines.append(board[0][2] + board[1][1] + board[2][0])
            for player in "XO":
                if player * 3 in lines:
                    return player
            return ""
            """,
        wrong="""
            for player in "XO":
                if player * 3 in board:
                    return player
            return ""
            ---
            lines = list(board)
            lines += ["".join(column) for column in zip(*board)]
            for player in "XO":
                if player * 3 in lines:
                    return player
            return ""
            """,
        reference=lambda board: next(
            (
                "".join(board)[i]
                for i, j, k in ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))
                if "".join(board)[i] == "".join(board)[j] == "".join(board)[k] != " "
            ),
            "",
        ),
        plan=(
            "Collect the rows, the columns and both diagonals. | Return the player who fills one. | "
            "Otherwise return ''."
        ),
        properties=("result in ('X', 'O', '')",),
        thought="The two diagonals are lines too.",
    ),
    Classic(
        key="permutations",
        tier=3,
        names="permutations all_permutations permute arrangements",
        given=(distinct_numbers("items", 0, 9, most=3),),
        returns="list[list[int]]",
        says="""
            all permutations of {items} as lists, in the order in which each item in turn comes first
            every order of the items of {items}, as a list of lists; those beginning with the first item come first
            List all arrangements of {items}, ordered by the positions of the items ([1, 2] gives [[1, 2], [2, 1]]).
            the permutations of {items} in the order of itertools.permutations, each as a list
            Permute {items}: choose each item as the first in order and permute the rest; return a list of lists.
            all ways to order {items}, each a list; recursively take every item first, from left to right
            Return each possible ordering of {items} as a list, in lexicographic order of positions.
            the list of all permutations of the list {items} (positions in lexicographic order), [[]] for []
            """,
        bodies="""
            if not items:
                return [[]]
            result = []
            for i, item in enumerate(items):
                for rest in permutations(items[:i] + items[i + 1:]):
                    result.append([item] + rest)
            return result
            """,
        wrong="""
            if not items:
                return []
            result = []
            for i, item in enumerate(items):
                for rest in permutations(items[:i] + items[i + 1:]):
                    result.append([item] + rest)
            return result
            ---
            return [items[i:] + items[:i] for i in range(len(items))]
            """,
        reference=lambda xs: [list(p) for p in itertools.permutations(xs)],
        plan=(
            "No items have one permutation, the empty one. | Take each item first. | "
            "Append every permutation of the rest."
        ),
        properties=("len(result) == math.factorial(len(items))",),
        thought="The empty list has one permutation: [[]].",
    ),
    Classic(
        key="string_permutations",
        tier=3,
        names="string_permutations permute_string anagrams_of all_anagrams",
        given=(word("text", "", "a", "ab", letters="abc", least=1, most=3),),
        returns="list[str]",
        says="""
            all different permutations of the string {text}, sorted
            every distinct anagram of {text} (all orders of its letters) in alphabetical order
            List the permutations of the letters of {text} without duplicates, sorted.
            a sorted list of all strings that can be made by rearranging all the letters of {text}
            Return the distinct arrangements of the characters in {text} as a sorted list of strings.
            all anagrams of the word {text}, including itself, each once, in sorted order
            the sorted set of permutations of the string {text}, as a list; '' gives ['']
            Permute a string: 'aab' gives ['aab', 'aba', 'baa'].
            """,
        bodies="""
            from itertools import permutations
            return sorted({"".join(p) for p in permutations(text)})
            ---
            if not text:
                return [""]
            result = set()
            for i in range(len(text)):
                for rest in string_permutations(text[:i] + text[i + 1:]):
                    result.add(text[i] + rest)
            return sorted(result)
            """,
        wrong="""
            from itertools import permutations
            return sorted("".join(p) for p in permutations(text))
            ---
            return sorted({text, text[::-1]})
            """,
        reference=lambda s: sorted({"".join(c) for c in itertools.product(s, repeat=len(s)) if sorted(c) == sorted(s)}),
        plan="Take every letter first. | Append every permutation of the rest. | Remove duplicates and sort.",
        properties=("result == sorted(set(result))", "text in result"),
    ),
    Classic(
        key="is_magic_square",
        tier=3,
        names="is_magic_square magic_square check_magic is_magic",
        given=(
            one_of(
                "square grid matrix m",
                "list[list[int]]",
                [[2, 7, 6], [9, 5, 1], [4, 3, 8]],
                [[1, 2], [3, 4]],
                [[5]],
                [[2, 7, 6], [9, 5, 1], [4, 8, 3]],
                [[1, 1], [1, 1]],
                [[8, 1, 6], [3, 5, 7], [4, 9, 2]],
                [[1, 2, 3], [3, 1, 2], [2, 3, 1]],
                [[2, 1], [1, 2]],
            ),
        ),
        returns="bool",
        says="""
            whether all rows, columns and both diagonals of {square} have the same sum
            whether {square} is a magic square (rows, columns, two diagonals add up to the same; numbers may repeat)
            True if every row, every column and each of the two diagonals of {square} sums to the same number
            Return True if {square} is magic, that is, all its lines including the diagonals have equal sums.
            Is the square matrix {square} a magic square, judged only by the sums of rows, columns and diagonals?
            Check that rows, columns and both main diagonals of {square} all add up to one value.
            whether the sums of all rows, all columns and both diagonals of the square grid {square} agree
            True if {square} has equal row sums, column sums and diagonal sums, else False
            """,
        bodies="""
            n = len(square)
            sums = [sum(row) for row in square]
            sums += [sum(column) for column in zip(*square)]
            sums.append(sum(square[i][i] for i in range(n)))
            sums.append(sum(square[i][n - 1 - i] for i in range(n)))
            return len(set(sums)) == 1
            """,
        wrong="""
            sums = [sum(row) for row in square]
            sums += [sum(column) for column in zip(*square)]
            return len(set(sums)) == 1
            ---
            return len({sum(row) for row in square}) == 1
            """,
        reference=lambda m: all(
            sum(line) == sum(m[0])
            for line in [*m, *zip(*m, strict=True), [r[i] for i, r in enumerate(m)], [r[~i] for i, r in enumerate(m)]]
        ),
        plan="Add up every row and column. | Add up both diagonals. | Return whether all sums are equal.",
        steps=lambda m: [[sum(row) for row in m], [sum(column) for column in zip(*m, strict=True)]],
        thought="The diagonals have to be checked too.",
    ),
    Classic(
        key="count_neighbours",
        tier=3,
        names="count_neighbors live_neighbors neighbor_sum count_neighbours",
        given=(square("grid board cells m", 0, 1, most=3), whole("row r i y", 0, 2), whole("column c j x", 0, 2)),
        returns="int",
        says="""
            the number of ones among the up to eight neighbours of the cell at {row}, {column} in {grid}
            how many of the cells around {grid}[{row}][{column}] are 1, diagonal ones included; outside there is nothing
            Count the live neighbours (value 1) of a cell of {grid}; diagonals count, the cell itself does not.
            Game of Life: the number of living cells next to row {row}, column {column} of {grid}, diagonals included
            the sum of the cells of {grid} (0 or 1) that touch the cell ({row}, {column}), without the cell itself
            Return how many neighbours of the cell in row {row} and column {column} of {grid} are 1 (8 directions).
            Count ones in the 3x3 area around ({row}, {column}) in {grid}, leaving out the centre and what is off the grid.
            the count of 1s in {grid} directly beside or diagonal to the position ({row}, {column})
            """,
        bodies="""
            count = 0
            for i in range(row - 1, row + 2):
                for j in range(column - 1, column + 2):
                    if (i, j) != (row, column) and 0 <= i < len(grid) and 0 <= j < len(grid[i]):
                        count += grid[i][j]
            return count
            """,
        wrong="""
            count = 0
            for i in range(row - 1, row + 2):
                for j in range(column - 1, column + 2):
                    if 0 <= i < len(grid) and 0 <= j < len(grid[i]):
                        count += grid[i][j]
            return count
            ---
            count = 0
            for i, j in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if 0 <= i < len(grid) and 0 <= j < len(grid[i]):
                    count += grid[i][j]
            return count
            """,
        reference=lambda grid, r, c: sum(
            cell for i, cells in enumerate(grid) for j, cell in enumerate(cells) if max(abs(i - r), abs(j - c)) == 1
        ),
        draw=lambda rng: (
            lambda n: ([[rng.randint(0, 1) for _ in range(n)] for _ in range(n)], rng.randrange(n), rng.randrange(n))
        )(rng.choice((1, 2, 3, 3))),
        plan=(
            "Go through the three rows and columns around the cell. | "
            "Leave out the cell itself and places off the grid. | Add up the rest."
        ),
        properties=("0 <= result <= 8",),
        thought="The cell itself is no neighbour, and negative indexes would wrap round.",
    ),
    Classic(
        key="bulls_and_cows",
        tier=3,
        names="bulls_and_cows mastermind score_guess check_guess",
        given=(word("secret code answer a"), word("guess attempt g b")),
        returns="tuple[int, int]",
        says="""
            (bulls, cows): digits of {guess} right in {secret} at the same place, and right ones at another place
            a tuple of how many digits of {guess} match {secret} in place and how many others occur elsewhere in it
            Score a guess in bulls and cows; all digits of {secret} differ, and so do those of {guess}.
            the number of exact matches and of misplaced digits of {guess} compared with {secret}, as a tuple
            Compare {guess} with {secret} (equally long, no repeated digits): return (right place, wrong place).
            Mastermind without repeated digits: a pair (correct positions, correct digits in wrong positions).
            Return (bulls, cows) for {guess} against {secret}, two strings of distinct digits of the same length.
            how many digits of {guess} are at the right place, and how many are in {secret} but at another place (tuple)
            """,
        bodies="""
            bulls = sum(1 for x, y in zip(secret, guess) if x == y)
            common = sum(1 for y in guess if y in secret)
            return bulls, common - bulls
            ---
            bulls = 0
            cows = 0
            for i in range(len(guess)):
                if guess[i] == secret[i]:
                    bulls += 1
                elif guess[i] in secret:
                    cows += 1
            return bulls, cows
            """,
        wrong="""
            bulls = sum(1 for x, y in zip(secret, guess) if x == y)
            common = sum(1 for y in guess if y in secret)
            return bulls, common
            ---
            bulls = sum(1 for x, y in zip(secret, guess) if x == y)
            return bulls, len(guess) - bulls
            """,
        reference=lambda s, g: (
            (hits := [x == y for x, y in zip(s, g, strict=True)].count(True)),
            len({*s} & {*g}) - hits,
        ),
        draw=lambda rng: (
            "".join(rng.sample("123456", 4)),
            "".join(rng.sample("123456", 4)),
        ),
        plan=(
            "Count the digits at the same place. | Count the digits of {guess} in {secret}. | "
            "Subtract the first from the second."
        ),
        steps=lambda s, g: [sum(x == y for x, y in zip(s, g, strict=True)), len({*s} & {*g})],
        properties=("result[0] + result[1] <= len(secret)",),
    ),
    Classic(
        key="look_and_say",
        tier=3,
        names="look_and_say say_digits next_look_and_say describe_digits",
        given=(word("digits text s number", "1", "11", "21", "1211", letters="123", least=1, most=5),),
        returns="str",
        says="""
            the next term of the look-and-say sequence after {digits}: each run as its length and its digit
            {digits} read aloud: for every run of equal digits the count followed by the digit
            Look and say: '21' becomes '1211' and '111' becomes '31'.
            Describe {digits} by runs: how many times each digit is repeated, then the digit.
            the string with length and digit of each run of equal digits in {digits}, joined
            Return the look-and-say description of the digit string {digits}.
            for each group of equal neighbouring digits of {digits} its size and then the digit, as one string
            Say what you see in {digits}: count before digit, group by group.
            """,
        bodies="""
            from itertools import groupby
            return "".join(str(len(list(run))) + digit for digit, run in groupby(digits))
            ---
            result = ""
            i = 0
            while i < len(digits):
                j = i
                while j < len(digits) and digits[j] == digits[i]:
                    j += 1
                result += str(j - i) + digits[i]
                i = j
            return result
            """,
        wrong="""
            from itertools import groupby
            return "".join(digit + str(len(list(run))) for digit, run in groupby(digits))
            ---
            return "".join(str(digits.count(digit)) + digit for digit in sorted(set(digits)))
            """,
        reference=lambda s: re.sub(r"(.)\1*", lambda match: f"{len(match[0])}{match[1]}", s),
        plan="Go through the runs of equal digits. | Write the length of each run and its digit. | Join all.",
        steps=lambda s: [["".join(run) for _, run in itertools.groupby(s)]],
        properties=("len(result) % 2 == 0",),
    ),
    Classic(
        key="sum_recursive_list",
        tier=3,
        names="deep_sum sum_nested recursive_sum sum_all_levels",
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
                [[5, -6], 7, [[8]]],
                [[], [0]],
            ),
        ),
        returns="int",
        says="""
            the sum of all numbers in the arbitrarily nested list {items}
            the total of every number in {items} and its sublists, at any depth
            Add up all numbers of a list that may contain lists within lists.
            Recursively sum {items}: [1, [2, [3]]] gives 6.
            the sum of the numbers at all levels of the nested list {items} (0 if there are none)
            Return what the numbers in {items} and in the lists inside it add up to, however deep they are.
            Deep sum of {items}, a list of ints and lists of the same kind
            Sum nested lists of any depth, {items} being the outermost.
            """,
        bodies="""
            total = 0
            for item in items:
                if isinstance(item, list):
                    total += sum_recursive_list(item)
                else:
                    total += item
            return total
            """,
        wrong="""
            total = 0
            for item in items:
                if isinstance(item, list):
                    total += len(item)
                else:
                    total += item
            return total
            ---
            return sum(item for item in items if not isinstance(item, list))
            """,
        reference=lambda xs: sum(map(int, re.findall(r"-?\d+", str(xs)))),
        plan="Go through {items}. | Add the sum of items that are lists. | Add other items themselves.",
    ),
    Classic(
        key="nesting_depth",
        tier=3,
        names="depth list_depth nesting_depth max_depth how_deep",
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
            ),
        ),
        returns="int",
        says="""
            how deep lists are nested in {items}; a list without lists in it has depth 1
            the nesting depth of the list {items}, which is 1 for a flat or empty list
            Find the maximum depth of a nested list: [] and [1] have 1, [[1]] has 2.
            the largest number of lists around an element of {items}, counting {items} itself
            Return the depth of {items}: 1 plus the greatest depth of a list in it, or 1 if there is none.
            the number of levels of the nested list {items} (at least 1)
            Compute how many lists are nested in one another at most in {items}, {items} included.
            Maximum nesting level of the list {items}, starting with 1 for the outer list
            """,
        bodies="""
            depth = 1
            for item in items:
                if isinstance(item, list):
                    depth = max(depth, 1 + nesting_depth(item))
            return depth
            ---
            return 1 + max((nesting_depth(item) for item in items if isinstance(item, list)), default=0)
            """,
        wrong="""
            depth = 1
            for item in items:
                if isinstance(item, list):
                    depth += nesting_depth(item)
            return depth
            ---
            depth = 0
            for item in items:
                if isinstance(item, list):
                    depth = max(depth, 1 + nesting_depth(item))
            return depth
            """,
        reference=lambda xs: max(itertools.accumulate({"[": 1, "]": -1}.get(c, 0) for c in str(xs))),
        plan=(
            "An empty or flat list has depth 1. | For each list in it, find its depth. | "
            "Return 1 more than the greatest."
        ),
        properties=("result >= 1",),
    ),
    Classic(
        key="trap_rain",
        tier=3,
        names="trap_rain_water trapped_water rain_water water_trapped",
        given=(numbers("heights walls bars h", 0, 4, [], [2], [3, 0, 3], [3, 0, 1, 2], [1, 2, 3], most=6),),
        returns="int",
        says="""
            how much rain water is trapped between bars of the given {heights}, each 1 wide
            the units of water that stay above bars with {heights} after rain
            Trapping rain water: sum over all bars of the water level above the bar, for {heights}.
            the total water held by the elevation map {heights}: the lower of the highest walls on both sides minus each bar
            Return the amount of water that collects between the walls {heights} (width 1 each).
            for {heights} of neighbouring bars, the sum of min(highest to the left, highest to the right) minus the height
            the volume of water that does not run off bars of the heights {heights}
            Count the unit squares of water trapped by bars with {heights}; 0 if nothing is held.
            """,
        bodies="""
            total = 0
            for i in range(len(heights)):
                left = max(heights[:i + 1])
                right = max(heights[i:])
                total += min(left, right) - heights[i]
            return total
            """,
        wrong="""
            if not heights:
                return 0
            return sum(max(heights) - height for height in heights)
            ---
            total = 0
            for i in range(1, len(heights) - 1):
                total += max(0, min(heights[i - 1], heights[i + 1]) - heights[i])
            return total
            """,
        reference=lambda hs: sum(
            1
            for level in range(1, max(hs, default=0) + 1)
            for i, h in enumerate(hs)
            if h < level and any(x >= level for x in hs[:i]) and any(x >= level for x in hs[i:])
        ),
        plan=(
            "For each bar find the highest bar to the left and to the right. | "
            "The lower one minus the bar is the water above it. | Add up."
        ),
        properties=("result >= 0",),
    ),
    Classic(
        key="josephus",
        tier=3,
        names="josephus last_survivor survivor josephus_problem",
        given=(whole("n people count size", 1, 10, 1, 2), whole("k step m skip", 1, 5, 1, 2)),
        returns="int",
        says="""
            the position (from 1) of the last one left when every {k}-th of {n} people in a circle is removed
            the survivor of the Josephus problem with {n} people and step {k}, numbered from 1
            Josephus problem: {n} people stand in a circle, every {k}-th one leaves; who is last (1-based)?
            Return who remains of 1..{n} in a circle if each {k}-th person is eliminated in turn.
            the number of the last person when {n} people numbered from 1 are counted out by {k}
            Count out {n} people standing in a circle with step {k} until one is left; return that number (from 1).
            which of the people 1 to {n} survives when every {k}-th is taken out, going round the circle
            the last remaining number of the circle 1, 2, ..., {n} when each {k}-th number is struck out
            """,
        bodies="""
            people = list(range(1, n + 1))
            i = 0
            while len(people) > 1:
                i = (i + k - 1) % len(people)
                people.pop(i)
            return people[0]
            ---
            survivor = 0
            for size in range(2, n + 1):
                survivor = (survivor + k) % size
            return survivor + 1
            """,
        wrong="""
            people = list(range(1, n + 1))
            i = 0
            while len(people) > 1:
                i = (i + k) % len(people)
                people.pop(i)
            return people[0]
            ---
            survivor = 0
            for size in range(2, n + 1):
                survivor = (survivor + k) % size
            return survivor
            """,
        reference=lambda n, k: (lambda f: f(f, list(range(1, n + 1))))(
            lambda f, xs: xs[0] if len(xs) == 1 else f(f, (xs * k)[k : k + len(xs) - 1])
        ),
        plan=(
            "Put the numbers 1 to {n} in a list. | Go {k} - 1 places on and remove that one. | "
            "Repeat until one is left."
        ),
        properties=("1 <= result <= n",),
    ),
    Classic(
        key="triangle_pattern",
        tier=2,
        names="triangle star_triangle stars draw_triangle pattern",
        given=(whole("n height rows size", 0, 5, 0, 1),),
        returns="list[str]",
        says="""
            {n} strings of stars that form a triangle: one star, two stars, up to {n}
            a list of lines with 1, 2, ..., {n} asterisks
            Draw a left-aligned triangle of '*' with {n} lines, as a list of strings.
            the rows of a star triangle of height {n}: ['*', '**', ...]
            Return a triangle pattern of stars with {n} rows, one string for each row.
            ['*', '**', '***', ...] with {n} entries
            for each i from 1 to {n} a string of i stars, in a list
            Build a list of {n} strings, the i-th consisting of i stars (starting with one).
            """,
        bodies="""
            return ["*" * i for i in range(1, n + 1)]
            ---
            lines = []
            for i in range(1, n + 1):
                lines.append("*" * i)
            return lines
            """,
        wrong="""
            return ["*" * i for i in range(n)]
            ---
            return ["*" * n for i in range(n)]
            """,
        reference=lambda n: list(itertools.accumulate("*" * n)),
        plan="Count from 1 to {n}. | Make a string of that many stars. | Return the strings.",
        properties=("len(result) == n",),
    ),
    Classic(
        key="pyramid",
        tier=3,
        names="pyramid star_pyramid draw_pyramid christmas_tree centered_triangle",
        given=(whole("n height rows size", 0, 4, 0, 1),),
        returns="list[str]",
        says="""
            the lines of a pyramid of stars with {n} rows: spaces before 1, 3, 5, ... stars, none after
            a list of {n} strings that draw a centred pyramid of '*', without spaces at the line ends
            Draw a pyramid of height {n}: row i has n - i spaces and 2 * i - 1 stars (i from 1), as a list of strings.
            {n} centred rows of 1, 3, 5, ... stars, padded with spaces on the left only
            Return a star pyramid of {n} lines, each a string with leading spaces and an odd number of stars.
            the rows of a pyramid with {n} levels; the lowest row has no leading space, each higher one has one more
            Build a pyramid pattern: for {n} = 2 it is [' *', '***'].
            a list of lines forming a symmetric triangle of asterisks of height {n}, with spaces only on the left
            """,
        bodies="""
            return [" " * (n - i) + "*" * (2 * i - 1) for i in range(1, n + 1)]
            ---
            lines = []
            for i in range(n):
                lines.append(" " * (n - 1 - i) + "*" * (2 * i + 1))
            return lines
            """,
        wrong="""
            return [" " * (n - i) + "*" * i for i in range(1, n + 1)]
            ---
            return [" " * (n - i) + "*" * (2 * i - 1) + " " * (n - i) for i in range(1, n + 1)]
            """,
        reference=lambda n: [("*" * (2 * i + 1)).center(2 * n - 1).rstrip() for i in range(n)],
        plan=(
            "Go through the rows from 1 to {n}. | Put {n} minus the row's number of spaces first. | "
            "Append twice the number minus 1 stars."
        ),
        properties=("len(result) == n", "all(not line.endswith(' ') for line in result)"),
    ),
    Classic(
        key="count_islands",
        tier=3,
        names="count_islands number_of_islands islands num_islands",
        given=(square("grid board cells m", 0, 1, [[1, 0], [0, 1]], [[1, 1], [1, 1]], most=3),),
        returns="int",
        says="""
            the number of islands of ones in {grid}; cells are joined horizontally and vertically, not diagonally
            how many separate groups of 1s there are in the 0/1 {grid}, connected up, down, left and right
            Count the islands in {grid}: groups of ones that touch by an edge; 0 is water.
            Number of islands: connected regions of 1 in {grid} (four directions).
            the count of connected components of ones in {grid}, neighbours sharing a side
            Return how many islands (1 is land, 0 water) {grid} has; diagonal contact does not connect.
            the number of regions of land cells (1) in {grid} that are connected by sides
            Count groups of adjacent ones in a matrix of zeros and ones {grid}, diagonals not being adjacent.
            """,
        bodies="""
            land = {(i, j) for i, row in enumerate(grid) for j, cell in enumerate(row) if cell == 1}
            count = 0
            while land:
                count += 1
                stack = [land.pop()]
                while stack:
                    i, j = stack.pop()
                    for place in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                        if place in land:
                            land.remove(place)
                            stack.append(place)
            return count
            """,
        wrong="""
            return sum(sum(row) for row in grid)
            ---
            return sum(1 for row in grid if 1 in row)
            """,
        reference=_islands,
        plan=(
            "Collect the places of all ones. | Take one away and all that are connected with it. | "
            "Count until none is left."
        ),
        properties=("0 <= result <= sum(sum(row) for row in grid)",),
    ),
    Classic(
        key="starts_with_vowel",
        tier=1,
        names="starts_with_vowel begins_with_vowel vowel_start",
        given=(word("text", "", "", "Apple", "Eye", mixed=True),),
        returns="bool",
        says="""
            whether {text} starts with a vowel, upper or lower case; the empty string does not
            whether the first character of {text} is one of a, e, i, o, u in any case
            True if {text} begins with a vowel, ignoring case (False for '')
            Return True if the word {text} starts with a vowel in either case, else False, also for an empty string.
            Does {text} begin with a, e, i, o or u (or a capital one)? '' does not.
            Check if a word begins with a vowel, case-insensitively; an empty one does not.
            whether the initial letter of {text} is a vowel, no matter if capital (False without letters)
            True for words like 'apple' and 'Eye', False for words that start with a consonant and for ''
            """,
        bodies="""
            return text[:1].lower() in ("a", "e", "i", "o", "u")
            ---
            if not text:
                return False
            return text[0] in "aeiouAEIOU"
            """,
        wrong="""
            return text[:1].lower() in "aeiou"
            ---
            return text[:1] in ("a", "e", "i", "o", "u")
            """,
        reference=lambda s: re.match("[aeiou]", s, re.IGNORECASE) is not None,
        plan="If {text} is empty, return False. | Return whether its first letter is a vowel.",
        thought="The empty string is in every string.",
    ),
    Classic(
        key="score_scrabble",
        tier=2,
        names="scrabble_score scrabble word_points letter_points",
        given=(
            one_of("points values table scores", "dict[str, int]", {"a": 1, "z": 10}, {"a": 1, "b": 3, "c": 3}),
            word("text word s letters"),
        ),
        returns="int",
        says="""
            the score of the word {text}: the sum of its letters' {points}, ignoring case, 0 for letters not listed
            how many points the letters of {text} are worth by the dict {points} (lower-case keys; others count 0)
            Scrabble score: add up {points} of every letter in {text}, lower-casing it first; missing letters give 0.
            the total of {points} over the letters of {text} in lower case; unknown letters are worth nothing
            Look up each letter of {text}, made lower case, in {points} and sum the values (0 if not there).
            Return the points of the word {text} by the table {points} of lower-case letters, any case in {text}.
            the sum of the letter values of {text} from {points}, case-insensitive, letters without a value being 0
            Score {text} with the lower-case letter table {points}; a letter that is not in it scores 0.
            """,
        bodies="""
            return sum(points.get(letter, 0) for letter in text.lower())
            ---
            total = 0
            for letter in text.lower():
                if letter in points:
                    total += points[letter]
            return total
            """,
        wrong="""
            return sum(points.get(letter, 0) for letter in text)
            ---
            return sum(points.get(letter, 0) for letter in set(text.lower()))
            """,
        reference=lambda table, s: sum(value * s.lower().count(letter) for letter, value in table.items()),
        draw=lambda rng: (
            rng.choice(({"a": 1, "z": 10}, {"a": 1, "b": 3, "c": 3}, {})),
            "".join(rng.choice("aabczAB") for _ in range(rng.randint(0, 5))),
        ),
        plan="Turn {text} to lower case. | Look up the points of each letter, 0 if there are none. | Add them up.",
        steps=lambda table, s: [[table.get(c, 0) for c in s.lower()]],
        properties=("result >= 0",),
    ),
    Classic(
        key="count_sentence_ends",
        tier=2,
        names="count_sentences sentence_count num_sentences",
        given=(text("text", "Hi. Go!", "Why? No.", "", marks=True),),
        returns="int",
        says="""
            the number of sentence ends ('.', '!' or '?') in {text}
            how many of the characters of {text} are '.', '!' or '?'
            Count the sentences of {text} by their final marks: every '.', '!' and '?' counts.
            the count of full stops, exclamation marks and question marks in {text}
            Return how often one of the characters . ! ? occurs in {text}.
            Count the marks that end sentences (. ! ?) in the string {text}.
            the total number of dots, exclamation marks and question marks in {text}
            how many sentence-ending characters, that is .!?, {text} has
            """,
        bodies="""
            return sum(1 for char in text if char in ".!?")
            ---
            return text.count(".") + text.count("!") + text.count("?")
            """,
        wrong="""
            return text.count(".")
            ---
            return sum(1 for char in text if char in ".!?,")
            """,
        reference=lambda s: len(re.findall("[.!?]", s)),
        plan="Go through {text}. | Count the characters '.', '!' and '?'.",
        properties=("0 <= result <= len(text)",),
    ),
)
