"""Matrices and other lists of rows."""

from __future__ import annotations

import itertools
import math

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import matrix, square, whole


def _base_digits(n: int) -> list[str]:
    """Return the digits of a power of 1001 in base 1000: small binomial coefficients."""
    return f"{n:,}".split(",")


def _spiral_places(m: list[list[int]]) -> list[tuple[tuple[int, int, int], int]]:
    """Return every number with its layer, its side of the layer and how far along that side it comes."""
    places = []
    height, width = len(m), len(m[0])
    for i, j in itertools.product(range(height), range(width)):
        layer = min(i, j, height - 1 - i, width - 1 - j)
        if i == layer:
            side = (layer, 0, j)
        elif j == width - 1 - layer:
            side = (layer, 1, i)
        elif i == height - 1 - layer:
            side = (layer, 2, -j)
        else:
            side = (layer, 3, -i)
        places.append((side, m[i][j]))
    return places


CLASSICS = (
    Classic(
        key="transpose",
        tier=3,
        names="transpose transpose_matrix flip_matrix rows_to_columns",
        given=(matrix("matrix"),),
        returns="list[list[int]]",
        says="""
            the transpose of {matrix}
            {matrix} with rows and columns swapped
            Transpose a matrix given as a list of rows.
            a list of the columns of {matrix}, each as a list
            Turn the rows of {matrix} into columns.
            the matrix whose i-th row is the i-th column of {matrix}
            Swap rows and columns: [[1, 2], [3, 4]] becomes [[1, 3], [2, 4]], for any {matrix}.
            Return {matrix} mirrored along its main diagonal, as a list of lists.
            """,
        bodies="""
            return [list(row) for row in zip(*matrix)]
            ---
            result = []
            for j in range(len(matrix[0])):
                result.append([row[j] for row in matrix])
            return result
            """,
        wrong="""
            return list(zip(*matrix))
            ---
            return [row[::-1] for row in matrix]
            """,
        reference=lambda m: [[m[i][j] for i in range(len(m))] for j in range(len(m[0]))],
        plan="Go through the columns. | Collect the items of each from all rows. | Return the lists.",
        properties=("len(result) == len(matrix[0])", "all(len(row) == len(matrix) for row in result)"),
        thought="zip gives tuples, not lists.",
    ),
    Classic(
        key="row_sums",
        tier=2,
        names="row_sums sum_rows sums_of_rows row_totals",
        given=(matrix("matrix"),),
        returns="list[int]",
        says="""
            the sum of each row of {matrix}, as a list
            a list of the row sums of {matrix}
            Add up every row of {matrix} and return the sums.
            the totals of the rows in {matrix}, from top to bottom
            Sum each inner list of {matrix}.
            Return what every row of the matrix {matrix} adds up to, in order.
            Row sums: [[1, 2], [3, 4]] gives [3, 7]
            for each row in {matrix} the sum of its numbers
            """,
        bodies="""
            return [sum(row) for row in matrix]
            ---
            result = []
            for row in matrix:
                result.append(sum(row))
            return result
            """,
        wrong="""
            return [sum(column) for column in zip(*matrix)]
            ---
            return sum(sum(row) for row in matrix)
            """,
        reference=lambda m: [int(math.fsum(row)) for row in m],
        plan="Go through the rows. | Add up each.",
        properties=("len(result) == len(matrix)",),
    ),
    Classic(
        key="column_sums",
        tier=2,
        names="column_sums sum_columns col_sums column_totals",
        given=(matrix("matrix"),),
        returns="list[int]",
        says="""
            the sum of each column of {matrix}, as a list
            a list of the column sums of {matrix}
            Add up every column of {matrix} and return the sums.
            the totals of the columns in {matrix}, from left to right
            Sum the numbers of {matrix} column by column.
            Return what every column of the matrix {matrix} adds up to, in order.
            Column sums: [[1, 2], [3, 4]] gives [4, 6]
            for each column in {matrix} the sum of its numbers
            """,
        bodies="""
            return [sum(column) for column in zip(*matrix)]
            ---
            result = []
            for j in range(len(matrix[0])):
                total = 0
                for row in matrix:
                    total += row[j]
                result.append(total)
            return result
            """,
        wrong="""
            return [sum(row) for row in matrix]
            ---
            return sum(sum(row) for row in matrix)
            """,
        reference=lambda m: [sum(row[j] for row in m) for j in range(len(m[0]))],
        plan="Go through the columns. | Add up each over all rows.",
        properties=("len(result) == len(matrix[0])", "sum(result) == sum(sum(row) for row in matrix)"),
    ),
    Classic(
        key="main_diagonal",
        tier=2,
        names="diagonal main_diagonal get_diagonal diagonal_items",
        given=(square("matrix"),),
        returns="list[int]",
        says="""
            the numbers on the main diagonal of the square matrix {matrix}
            the main diagonal of {matrix}, from top left to bottom right, as a list
            Get the diagonal of a square matrix.
            a list of {matrix}[0][0], {matrix}[1][1] and so on
            Return the items of {matrix} whose row and column numbers are equal.
            the diagonal elements of the square grid {matrix}, starting at the top left
            Collect the main diagonal: item i of row i for every row of {matrix}.
            the entries of {matrix} on the line from the upper left to the lower right corner
            """,
        bodies="""
            return [matrix[i][i] for i in range(len(matrix))]
            ---
            result = []
            for i, row in enumerate(matrix):
                result.append(row[i])
            return result
            """,
        wrong="""
            return [matrix[i][-1 - i] for i in range(len(matrix))]
            ---
            return matrix[0]
            """,
        reference=lambda m: [x for i, row in enumerate(m) for j, x in enumerate(row) if i == j],
        plan="Go through the rows with their numbers. | Take the item with the row's own number.",
        properties=("len(result) == len(matrix)",),
    ),
    Classic(
        key="diagonal_sum",
        tier=2,
        names="trace diagonal_sum sum_diagonal main_diagonal_sum",
        given=(square("matrix"),),
        returns="int",
        says="""
            the sum of the main diagonal of the square matrix {matrix}
            the trace of {matrix}
            Add up the numbers on the diagonal of {matrix} from top left to bottom right.
            the total of {matrix}[i][i] over all rows
            Sum the main diagonal of a square matrix.
            Return {matrix}[0][0] + {matrix}[1][1] + ... for the square {matrix}.
            the sum of the items whose row and column index agree in {matrix}
            what the main diagonal of the square grid {matrix} adds up to
            """,
        bodies="""
            return sum(matrix[i][i] for i in range(len(matrix)))
            ---
            total = 0
            for i in range(len(matrix)):
                total += matrix[i][i]
            return total
            """,
        wrong="""
            return sum(matrix[i][-1 - i] for i in range(len(matrix)))
            ---
            return sum(sum(row) for row in matrix)
            """,
        reference=lambda m: sum(row.pop(i) for i, row in enumerate([list(r) for r in m])),
        plan="Go through the rows with their numbers. | Add up the item with the row's own number.",
        steps=lambda m: [[m[i][i] for i in range(len(m))]],
    ),
    Classic(
        key="anti_diagonal_sum",
        tier=2,
        names="anti_diagonal_sum secondary_diagonal other_diagonal_sum counter_diagonal",
        given=(square("matrix"),),
        returns="int",
        says="""
            the sum of the diagonal of the square {matrix} from top right to bottom left
            the sum of the secondary diagonal of {matrix}
            Add up the numbers on the anti-diagonal of {matrix}.
            the total of the items from the upper right to the lower left corner of {matrix}
            Sum the other diagonal of a square matrix: from the top right down to the left.
            Return the last item of the first row plus the last but one of the second and so on, for {matrix}.
            what the counter-diagonal of the square grid {matrix} adds up to
            Sum {matrix}[i][n - 1 - i] over all rows i, n being the number of rows.
            """,
        bodies="""
            return sum(matrix[i][-1 - i] for i in range(len(matrix)))
            ---
            n = len(matrix)
            total = 0
            for i in range(n):
                total += matrix[i][n - 1 - i]
            return total
            """,
        wrong="""
            return sum(matrix[i][i] for i in range(len(matrix)))
            ---
            return sum(matrix[i][-i] for i in range(len(matrix)))
            """,
        reference=lambda m: sum(x for i, row in enumerate(m) for j, x in enumerate(row) if i + j == len(m) - 1),
        plan="Go through the rows with their numbers. | Take the item at that place from the end. | Add them up.",
        steps=lambda m: [[m[i][-1 - i] for i in range(len(m))]],
    ),
    Classic(
        key="add_matrices",
        tier=3,
        names="add_matrices matrix_sum matrix_add sum_matrices",
        given=(matrix("a first m1 left"), matrix("b second m2 right")),
        returns="list[list[int]]",
        says="""
            the sum of the matrices {a} and {b}, which have the same size
            Add two matrices of equal size element by element.
            a matrix of {a}[i][j] + {b}[i][j] for all i and j; both have the same shape
            the elementwise sum of the equally large matrices {a} and {b}
            Add each number of the matrix {a} to the one at the same place in {b} (same size).
            Matrix addition of {a} and {b}, two lists of rows with the same dimensions
            Return {a} plus {b} as matrices of the same shape.
            Sum two equally sized matrices position by position.
            """,
        bodies="""
            return [[x + y for x, y in zip(p, q)] for p, q in zip(a, b)]
            ---
            result = []
            for i in range(len(a)):
                result.append([a[i][j] + b[i][j] for j in range(len(a[i]))])
            return result
            """,
        wrong="""
            return a + b
            ---
            return [p + q for p, q in zip(a, b)]
            """,
        reference=lambda a, b: [[a[i][j] + b[i][j] for j in range(len(a[0]))] for i in range(len(a))],
        draw=lambda rng: (lambda h, w: tuple([[rng.randint(0, 9) for _ in range(w)] for _ in range(h)] for _ in "ab"))(
            rng.randint(1, 3), rng.randint(1, 3)
        ),
        plan="Go through the rows of both in parallel. | Add the numbers at the same places.",
        properties=("len(result) == len(a)",),
    ),
    Classic(
        key="multiply_matrices",
        tier=3,
        names="matrix_multiply multiply_matrices matmul matrix_product",
        given=(matrix("a first m1 left"), matrix("b second m2 right")),
        returns="list[list[int]]",
        says="""
            the matrix product of {a} and {b}; {a} has as many columns as {b} has rows
            Multiply the matrices {a} and {b} (rows times columns); their sizes fit.
            the product of two matrices given as lists of rows of fitting sizes
            Matrix multiplication of {a} and {b}, where the columns of {a} match the rows of {b}
            a matrix whose entry (i, j) is the dot product of row i of {a} and column j of {b}
            Return {a} times {b} in the sense of matrices (their shapes fit).
            Matrix product: combine every row of {a} with every column of {b} by a scalar product.
            {a} multiplied by {b} as matrices with fitting dimensions
            """,
        bodies="""
            return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]
            ---
            result = []
            for i in range(len(a)):
                row = []
                for j in range(len(b[0])):
                    row.append(sum(a[i][k] * b[k][j] for k in range(len(b))))
                result.append(row)
            return result
            """,
        wrong="""
            return [[x * y for x, y in zip(p, q)] for p, q in zip(a, b)]
            ---
            return [[sum(x * y for x, y in zip(row, other)) for other in b] for row in a]
            """,
        reference=lambda a, b: [
            [sum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))
        ],
        draw=lambda rng: (
            lambda n, m, k: (
                [[rng.randint(0, 4) for _ in range(m)] for _ in range(n)],
                [[rng.randint(0, 4) for _ in range(k)] for _ in range(m)],
            )
        )(rng.randint(1, 2), rng.randint(1, 3), rng.randint(1, 2)),
        plan=(
            "Go through the rows of {a}. | For each column of {b}, multiply item by item and add up. | Return the rows."
        ),
        properties=("len(result) == len(a)", "len(result[0]) == len(b[0])"),
    ),
    Classic(
        key="identity_matrix",
        tier=2,
        names="identity_matrix identity eye unit_matrix make_identity",
        given=(whole("n", 1, 4, 1),),
        returns="list[list[int]]",
        says="""
            the {n} x {n} identity matrix
            the identity matrix with {n} rows: ones on the diagonal, zeros elsewhere
            Create an {n} by {n} matrix with 1 on the main diagonal and 0 everywhere else.
            a list of {n} rows of length {n} with a 1 where row and column number agree and 0 otherwise
            Make an identity matrix of size {n} as a list of lists.
            the unit matrix of size {n} (list of rows)
            Return a square matrix of side {n}, all 0 except for the ones on its diagonal.
            Build the identity matrix: 2 gives [[1, 0], [0, 1]].
            """,
        bodies="""
            return [[1 if i == j else 0 for j in range(n)] for i in range(n)]
            ---
            result = []
            for i in range(n):
                row = [0] * n
                row[i] = 1
                result.append(row)
            return result
            """,
        wrong="""
            return [[1] * n for i in range(n)]
            ---
            return [[1 if i + j == n - 1 else 0 for j in range(n)] for i in range(n)]
            """,
        reference=lambda n: [[0] * i + [1] + [0] * (n - 1 - i) for i in range(n)],
        plan="Make {n} rows of {n} zeros. | Set the item at the row's own number to 1.",
        properties=("len(result) == n", "sum(sum(row) for row in result) == n"),
    ),
    Classic(
        key="zero_matrix",
        tier=1,
        names="zero_matrix make_grid zeros empty_grid create_matrix",
        given=(whole("rows height n r", 1, 4), whole("columns width m c", 1, 4)),
        returns="list[list[int]]",
        says="""
            a matrix of zeros with {rows} rows and {columns} columns
            a list of {rows} lists, each with {columns} zeros
            Create a grid of zeros, {rows} high and {columns} wide.
            a {rows} x {columns} matrix filled with 0
            Make a list of {rows} rows; every row has {columns} zeros.
            the zero matrix of {rows} rows and {columns} columns
            Return {rows} rows of {columns} zeros as a list of lists.
            Build a table with {rows} rows and {columns} columns in which every entry is 0.
            """,
        bodies="""
            return [[0] * columns for _ in range(rows)]
            ---
            grid = []
            for _ in range(rows):
                grid.append([0] * columns)
            return grid
            """,
        wrong="""
            return [[0] * rows for _ in range(columns)]
            ---
            return [0] * (rows * columns)
            """,
        reference=lambda r, c: [[0 for _ in range(c)] for _ in range(r)],
        plan="Make {rows} rows of {columns} zeros.",
        properties=("len(result) == rows", "all(len(row) == columns for row in result)"),
    ),
    Classic(
        key="rotate_matrix",
        tier=3,
        names="rotate_matrix rotate_90 rotate_clockwise turn_right",
        given=(matrix("matrix"),),
        returns="list[list[int]]",
        says="""
            {matrix} rotated by 90 degrees clockwise
            Rotate a matrix a quarter turn to the right.
            the matrix {matrix} turned clockwise by 90 degrees, as a new list of rows
            Turn {matrix} 90 degrees to the right: the first column, read from below, becomes the first row.
            Rotate clockwise: [[1, 2], [3, 4]] becomes [[3, 1], [4, 2]].
            Return {matrix} after a clockwise rotation by 90 degrees.
            the rows of {matrix} rotated a quarter turn clockwise
            the columns of {matrix}, each read from bottom to top, as rows
            """,
        bodies="""
            return [list(row) for row in zip(*matrix[::-1])]
            ---
            result = []
            for j in range(len(matrix[0])):
                result.append([row[j] for row in reversed(matrix)])
            return result
            """,
        wrong="""
            return [list(row) for row in zip(*matrix)][::-1]
            ---
            return [list(row) for row in zip(*matrix)]
            ---
            return [row[::-1] for row in matrix]
            """,
        reference=lambda m: [[m[len(m) - 1 - i][j] for i in range(len(m))] for j in range(len(m[0]))],
        plan="Reverse the order of the rows. | Transpose.",
        steps=lambda m: [m[::-1]],
        properties=("len(result) == len(matrix[0])",),
        thought="Transposing alone would mirror, not rotate.",
    ),
    Classic(
        key="mirror_rows",
        tier=1,
        names="mirror flip_horizontal reverse_rows mirror_matrix flip_rows",
        given=(matrix("matrix"),),
        returns="list[list[int]]",
        says="""
            {matrix} with every row reversed
            the matrix {matrix} mirrored from left to right
            Reverse each row of {matrix}.
            Flip {matrix} horizontally.
            a list of the rows of {matrix}, each one backwards
            the mirror image of {matrix} with left and right exchanged
            Return {matrix} with the order of the columns reversed.
            Mirror a grid: [[1, 2], [3, 4]] becomes [[2, 1], [4, 3]].
            """,
        bodies="""
            return [row[::-1] for row in matrix]
            ---
            result = []
            for row in matrix:
                result.append(list(reversed(row)))
            return result
            """,
        wrong="""
            return matrix[::-1]
            ---
            return [sorted(row, reverse=True) for row in matrix]
            """,
        reference=lambda m: [[row[~j] for j in range(len(row))] for row in m],
        plan="Go through the rows. | Reverse each.",
        properties=("len(result) == len(matrix)",),
    ),
    Classic(
        key="matrix_maximum",
        tier=2,
        names="matrix_max max_in_grid largest_in_matrix grid_max",
        given=(matrix("matrix", -9, 9),),
        returns="int",
        says="""
            the largest number in any row of {matrix}
            the maximum over all rows of {matrix}
            Find the biggest entry of a matrix.
            the greatest of all numbers in the list of rows {matrix}
            Return the highest value that occurs anywhere in the grid {matrix}.
            the maximum element of the matrix {matrix}
            the largest entry in any row and column of {matrix}
            Get the top value in {matrix}, a non-empty list of non-empty rows.
            """,
        bodies="""
            return max(max(row) for row in matrix)
            ---
            largest = matrix[0][0]
            for row in matrix:
                for number in row:
                    if number > largest:
                        largest = number
            return largest
            """,
        wrong="""
            return max(matrix)
            ---
            return max(matrix[0])
            ---
            largest = 0
            for row in matrix:
                for number in row:
                    largest = max(largest, number)
            return largest
            """,
        reference=lambda m: sorted(itertools.chain(*m))[-1],
        plan="Find the maximum of each row. | Return the largest of them.",
        steps=lambda m: [[max(row) for row in m]],
        properties=("any(result in row for row in matrix)", "all(x <= result for row in matrix for x in row)"),
    ),
    Classic(
        key="get_column",
        tier=1,
        names="get_column column nth_column extract_column",
        given=(matrix("matrix"), whole("index i j n", 0, 2)),
        returns="list[int]",
        says="""
            the column of {matrix} with the index {index}, as a list
            Column number {index} of {matrix}, counted from 0
            Get the items at position {index} of all rows in {matrix}.
            a list of row[{index}] for every row of {matrix}
            Extract the {index}-th column (from 0) of the matrix {matrix}.
            the {index}-th item of each row of {matrix}, counting from zero
            Return column {index} of a matrix as a list, top to bottom.
            the numbers in column {index} of the list of rows {matrix}
            """,
        bodies="""
            return [row[index] for row in matrix]
            ---
            column = []
            for row in matrix:
                column.append(row[index])
            return column
            """,
        wrong="""
            return matrix[index % len(matrix)]
            ---
            return [row[index - 1] for row in matrix]
            """,
        reference=lambda m, j: list([*zip(*m, strict=True)][j]),
        draw=lambda rng: (lambda h, w: ([[rng.randint(0, 9) for _ in range(w)] for _ in range(h)], rng.randrange(w)))(
            rng.randint(1, 3), rng.randint(1, 3)
        ),
        plan="Go through the rows. | Take the item at {index} of each.",
        properties=("len(result) == len(matrix)",),
    ),
    Classic(
        key="is_symmetric",
        tier=3,
        names="is_symmetric symmetric is_symmetric_matrix check_symmetric",
        given=(square("matrix", 0, 2, [[1]], [[1, 2], [2, 1]], [[0, 1, 2], [1, 0, 3], [2, 3, 0]], most=2),),
        returns="bool",
        says="""
            whether the square matrix {matrix} is symmetric
            whether the square matrix {matrix} equals its transpose
            True if {matrix}[i][j] is {matrix}[j][i] for all i and j
            Return True if {matrix} does not change when rows and columns are swapped.
            Is the square matrix {matrix} symmetric about its main diagonal?
            Check if a square matrix is symmetric.
            whether mirroring {matrix} at its diagonal gives the same matrix
            True if every row of the square grid {matrix} equals the column of the same number, else False
            """,
        bodies="""
            return matrix == [list(row) for row in zip(*matrix)]
            ---
            n = len(matrix)
            for i in range(n):
                for j in range(n):
                    if matrix[i][j] != matrix[j][i]:
                        return False
            return True
            """,
        wrong="""
            return matrix == [row[::-1] for row in matrix]
            ---
            return matrix == list(zip(*matrix))
            """,
        reference=lambda m: all(m[i][j] == m[j][i] for i, j in itertools.combinations(range(len(m)), 2)),
        plan="Transpose {matrix}. | Return whether it is unchanged.",
        steps=lambda m: [[list(row) for row in zip(*m, strict=True)]],
    ),
    Classic(
        key="count_in_matrix",
        tier=2,
        names="count_in_matrix count_in_grid occurrences_in_grid count_cells",
        given=(matrix("matrix", 0, 3), whole("value x n target", 0, 3)),
        returns="int",
        says="""
            how often {value} occurs in the grid {matrix}
            the number of cells of the grid {matrix} that are equal to {value}
            Count {value} in all rows of {matrix}.
            how many entries of the matrix {matrix} are {value}
            Count the occurrences of {value} in a list of rows.
            the count of {value} over the whole matrix {matrix}
            Return the number of times {value} stands anywhere in the grid {matrix}.
            how many times the rows of {matrix} contain {value} altogether
            """,
        bodies="""
            return sum(row.count(value) for row in matrix)
            ---
            count = 0
            for row in matrix:
                for cell in row:
                    if cell == value:
                        count += 1
            return count
            """,
        wrong="""
            return sum(1 for row in matrix if value in row)
            ---
            return matrix.count(value)
            """,
        reference=lambda m, v: list(itertools.chain(*m)).count(v),
        plan="Count {value} in each row. | Add the counts up.",
        steps=lambda m, v: [[row.count(v) for row in m]],
        properties=("result >= 0",),
    ),
    Classic(
        key="spiral_order",
        tier=3,
        names="spiral_order spiral spiral_matrix unroll_spiral",
        given=(matrix("matrix", 0, 9, [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[5]], [[1, 2]]),),
        returns="list[int]",
        says="""
            the numbers of {matrix} in spiral order, clockwise from the top left inwards
            the items of {matrix} read in a clockwise spiral that starts at the top left corner
            Read {matrix} in a spiral: first row, last column, last row backwards, first column upwards, then inwards.
            Spiral order of a matrix: [[1, 2], [3, 4]] gives [1, 2, 4, 3].
            Unroll {matrix} clockwise from the upper left corner to the centre, as a list.
            all entries of {matrix} as met on a clockwise walk from the outside in, beginning top left
            Walk round {matrix} clockwise from the top left, layer by layer, and list the numbers.
            the elements of the grid {matrix} in clockwise spiral order
            """,
        bodies="""
            result = []
            rows = [list(row) for row in matrix]
            while rows:
                result += rows.pop(0)
                rows = [list(row) for row in zip(*rows)][::-1]
            return result
            """,
        wrong="""
            return [number for row in matrix for number in row]
            ---
            result = []
            rows = [list(row) for row in matrix]
            while rows:
                result += rows.pop(0)
                rows = [row[::-1] for row in rows[::-1]]
            return result
            """,
        reference=lambda m: [x for _, x in sorted(_spiral_places(m))],
        plan="Take the first row. | Rotate the rest a quarter turn to the left. | Repeat until nothing is left.",
        properties=("sorted(result) == sorted(x for row in matrix for x in row)",),
    ),
    Classic(
        key="pascal_row",
        tier=3,
        names="pascal_row pascals_row nth_pascal_row pascal_line",
        given=(whole("n", 0, 6, 0, 1),),
        returns="list[int]",
        says="""
            row {n} of Pascal's triangle, where row 0 is [1]
            the {n}-th row of Pascal's triangle, counting from 0
            Compute row number {n} of Pascal's triangle; the top row [1] has number 0.
            the list of the binomial coefficients {n} over 0 to {n} over {n}
            Pascal's triangle, row {n} (0 gives [1], 2 gives [1, 2, 1])
            the coefficients of (x + 1) ** {n} as a list
            Return the row of Pascal's triangle that begins 1, {n} (for {n} > 0; [1] for 0).
            the row of Pascal's triangle with {n} + 1 numbers
            """,
        bodies="""
            row = [1]
            for _ in range(n):
                row = [1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1]
            return row
            ---
            import math
            return [math.comb(n, k) for k in range(n + 1)]
            """,
        wrong="""
            row = [1]
            for _ in range(n - 1):
                row = [1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1]
            return row
            ---
            import math
            return [math.comb(n, k) for k in range(n)]
            """,
        reference=lambda n: [int(digit) for digit in _base_digits(1001**n)],
        plan="Begin with [1]. | {n} times, add neighbouring numbers and put 1 at both ends.",
        properties=("len(result) == n + 1", "sum(result) == 2 ** n"),
    ),
    Classic(
        key="pascal_triangle",
        tier=3,
        names="pascal_triangle pascals_triangle pascal make_pascal",
        given=(whole("n", 0, 5, 0, 1),),
        returns="list[list[int]]",
        says="""
            the first {n} rows of Pascal's triangle as a list of lists
            Pascal's triangle with {n} rows
            Build the first {n} rows of Pascal's triangle: [[1], [1, 1], [1, 2, 1], ...].
            a list of {n} lists that are the rows of Pascal's triangle from the top
            Generate Pascal's triangle with {n} rows; 0 rows give an empty list.
            the top {n} rows of Pascal's triangle
            Return {n} rows of Pascal's triangle; every row starts and ends with 1.
            Pascal's triangle as a list of rows, {n} in number
            """,
        bodies="""
            rows = []
            for i in range(n):
                row = [1] * (i + 1)
                for j in range(1, i):
                    row[j] = rows[-1][j - 1] + rows[-1][j]
                rows.append(row)
            return rows
            ---
            import math
            return [[math.comb(i, k) for k in range(i + 1)] for i in range(n)]
            """,
        wrong="""
            import math
            return [[math.comb(i, k) for k in range(i + 1)] for i in range(n + 1)]
            ---
            return [[1] * (i + 1) for i in range(n)]
            """,
        reference=lambda n: [[int(digit) for digit in _base_digits(1001**i)] for i in range(n)],
        plan=(
            "Begin each row with ones. | Fill the inside with sums of neighbours in the row above. | Return all rows."
        ),
        properties=("len(result) == n", "all(row[0] == row[-1] == 1 for row in result)"),
    ),
)
