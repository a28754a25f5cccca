"""Lengths, areas, points."""

from __future__ import annotations

import cmath
import itertools
import math

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import one_of, whole

_POINTS = ((0, 0), (3, 4), (1, 2), (-2, 5), (6, 8), (-3, -4), (5, 12), (4, 0))
_SIDES = (
    (3, 4, 5),
    (5, 4, 3),
    (1, 1, 1),
    (2, 2, 3),
    (1, 2, 3),
    (1, 1, 5),
    (6, 8, 10),
    (4, 5, 6),
    (13, 5, 12),
    (3, 2, 2),
)


CLASSICS = (
    Classic(
        key="circle_area",
        tier=1,
        names="circle_area area_of_circle area disk_area",
        given=(whole("radius r n x", 0, 10, 0, 1),),
        returns="float",
        says="""
            the area of a circle with radius {radius}, rounded to two decimals
            pi times {radius} squared, rounded to 2 decimal places
            Compute the area of a circle from its radius {radius} and round to two decimals.
            the area of the disk of radius {radius}, to two digits after the point
            Circle area for the radius {radius}, rounded to hundredths.
            Given the radius of a circle, return its area rounded to two decimals.
            how large the area of a circle with the radius {radius} is, rounded to 2 decimals
            {radius} * {radius} * pi with two decimals
            """,
        bodies="""
            import math
            return round(math.pi * radius ** 2, 2)
            """,
        wrong="""
            import math
            return round(2 * math.pi * radius, 2)
            ---
            import math
            return math.pi * radius ** 2
            ---
            return round(3.14 * radius ** 2, 2)
            """,
        reference=lambda r: float(f"{r * r * math.atan(1) * 4:.2f}"),
        plan="Square {radius}. | Multiply by pi. | Round to two decimals.",
        steps=lambda r: [r * r],
        properties=("result >= 3 * radius * radius",),
    ),
    Classic(
        key="circle_circumference",
        tier=1,
        names="circumference circle_circumference perimeter_of_circle circle_perimeter",
        given=(whole("radius r n x", 0, 10, 0, 1),),
        returns="float",
        says="""
            the circumference of a circle with radius {radius}, rounded to two decimals
            two times pi times {radius}, rounded to 2 decimal places
            Compute the circumference of a circle from its radius {radius} and round to two decimals.
            the perimeter of the circle of radius {radius}, to two digits after the point
            Circumference for the radius {radius}, rounded to hundredths.
            Given the radius of a circle, return its circumference rounded to two decimals.
            how long the border of a circle with the radius {radius} is, rounded to 2 decimals
            2 * pi * {radius} with two decimals
            """,
        bodies="""
            import math
            return round(2 * math.pi * radius, 2)
            """,
        wrong="""
            import math
            return round(math.pi * radius ** 2, 2)
            ---
            import math
            return round(math.pi * radius, 2)
            """,
        reference=lambda r: float(f"{math.tau * r:.2f}"),
        plan="Multiply {radius} by 2. | Multiply by pi. | Round to two decimals.",
        properties=("result >= 6 * radius",),
    ),
    Classic(
        key="rectangle_area",
        tier=1,
        names="rectangle_area area area_of_rectangle rect_area",
        given=(whole("width w a x", 0, 20), whole("height h b y", 0, 20)),
        returns="int",
        says="""
            the area of a rectangle with sides {width} and {height}
            the area of a {width} by {height} rectangle
            Compute the area of a rectangle from {width} and {height}.
            {width} times {height}, the area of a rectangle
            how large a rectangle of width {width} and height {height} is
            Area of a rectangle.
            Given {width} and {height} of a rectangle, return its area.
            the surface of a rectangle that is {width} wide and {height} high
            """,
        bodies="""
            return width * height
            ---
            area = width * height
            return area
            """,
        wrong="""
            return 2 * (width + height)
            ---
            return width + height
            """,
        reference=lambda w, h: sum([w] * h),
        plan="Multiply {width} by {height}.",
        properties=("result >= 0",),
    ),
    Classic(
        key="rectangle_perimeter",
        tier=1,
        names="rectangle_perimeter perimeter perimeter_of_rectangle rect_perimeter",
        given=(whole("width w a x", 0, 20), whole("height h b y", 0, 20)),
        returns="int",
        says="""
            the perimeter of a rectangle with sides {width} and {height}
            the perimeter of a {width} by {height} rectangle
            Compute the perimeter of a rectangle from {width} and {height}.
            twice {width} plus twice {height}
            how long the border of a rectangle of width {width} and height {height} is
            Perimeter of a rectangle.
            Given {width} and {height} of a rectangle, return its perimeter.
            the length of all four sides together of a rectangle {width} wide and {height} high
            """,
        bodies="""
            return 2 * (width + height)
            ---
            return 2 * width + 2 * height
            """,
        wrong="""
            return width * height
            ---
            return width + height
            ---
            return 2 * width + height
            """,
        reference=lambda w, h: sum((w, h, w, h)),
        plan="Add {width} and {height}. | Double the sum.",
        steps=lambda w, h: [w + h],
        properties=("result % 2 == 0",),
    ),
    Classic(
        key="triangle_area",
        tier=1,
        names="triangle_area area_of_triangle area half_base_height",
        given=(whole("base b w x", 0, 20), whole("height h a y", 0, 20)),
        returns="float",
        says="""
            the area of a triangle with base {base} and height {height}
            half of {base} times {height}
            Compute the area of a triangle from {base} and {height}.
            {base} * {height} / 2, the area of a triangle
            how large a triangle with the base {base} and the height {height} is
            Area of a triangle.
            Given {base} and {height} of a triangle, return its area.
            the triangle area for base {base} and height {height} as a float
            """,
        bodies="""
            return base * height / 2
            ---
            return 0.5 * base * height
            """,
        wrong="""
            return base * height
            ---
            return base * height // 2
            """,
        reference=lambda b, h: math.fsum([b * h * 0.25] * 2),
        plan="Multiply {base} by {height}. | Divide by 2.",
        steps=lambda b, h: [b * h],
        properties=("isinstance(result, float)",),
    ),
    Classic(
        key="hypotenuse",
        tier=1,
        names="hypotenuse pythagoras hypot diagonal_length",
        given=(whole("a x leg1 p", 0, 12), whole("b y leg2 q", 0, 12)),
        returns="float",
        says="""
            the hypotenuse of a right triangle with legs {a} and {b}, rounded to two decimals
            the square root of {a} squared plus {b} squared, rounded to 2 decimals
            Pythagoras: the longest side of a right triangle with the legs {a} and {b}, to two decimals.
            Compute the hypotenuse for the legs {a} and {b} and round to two decimal places.
            how long the hypotenuse is when the legs are {a} and {b} (two decimals)
            Given both legs of a right-angled triangle, return its hypotenuse rounded to 2 decimals.
            the diagonal of a rectangle with sides {a} and {b}, rounded to hundredths
            the length c with c * c = {a} * {a} + {b} * {b}, rounded to two decimals
            """,
        bodies="""
            return round((a ** 2 + b ** 2) ** 0.5, 2)
            ---
            import math
            return round(math.sqrt(a * a + b * b), 2)
            """,
        wrong="""
            return round(a ** 2 + b ** 2, 2)
            ---
            return round((a + b) ** 0.5, 2)
            ---
            return a + b
            """,
        reference=lambda a, b: round(abs(complex(a, b)), 2),
        plan="Square {a} and {b}. | Add the squares. | Take the square root, rounded to two decimals.",
        steps=lambda a, b: [a * a + b * b],
        properties=("result <= a + b", "result + 0.01 >= max(a, b)"),
    ),
    Classic(
        key="point_distance",
        tier=2,
        names="distance point_distance euclidean_distance dist distance_between",
        given=(
            one_of("p a start point1", "tuple[int, int]", *_POINTS),
            one_of("q b end point2", "tuple[int, int]", *_POINTS),
        ),
        returns="float",
        says="""
            the distance between the points {p} and {q}, given as (x, y), rounded to two decimals
            the Euclidean distance of two points {p} and {q} in the plane, to two decimals
            Compute how far the point {p} is from the point {q} (tuples x, y); round to 2 decimals.
            the straight-line distance from {p} to {q}, two (x, y) tuples, rounded to hundredths
            Distance between two points (x, y), rounded to two decimal places.
            the length of the line from point {p} to point {q}, rounded to 2 places
            Return the distance of the (x, y) pairs {p} and {q} by Pythagoras, with two decimals.
            the square root of the sum of the squared coordinate differences of {p} and {q}, rounded to 2 decimals
            """,
        bodies="""
            dx = p[0] - q[0]
            dy = p[1] - q[1]
            return round((dx ** 2 + dy ** 2) ** 0.5, 2)
            ---
            import math
            return round(math.dist(p, q), 2)
            """,
        wrong="""
            return round(abs(p[0] - q[0]) + abs(p[1] - q[1]), 2)
            ---
            dx = p[0] - q[0]
            dy = p[1] - q[1]
            return round(dx ** 2 + dy ** 2, 2)
            """,
        reference=lambda p, q: round(cmath.polar(complex(*p) - complex(*q))[0], 2),
        plan="Subtract the coordinates. | Add the squares of the differences. | Take the square root, rounded.",
        steps=lambda p, q: [(p[0] - q[0], p[1] - q[1])],
        properties=("result >= 0", "(result == 0) == (p == q)"),
    ),
    Classic(
        key="manhattan_distance",
        tier=1,
        names="manhattan_distance manhattan taxicab_distance city_block_distance grid_distance",
        given=(
            one_of("p a start point1", "tuple[int, int]", *_POINTS),
            one_of("q b end point2", "tuple[int, int]", *_POINTS),
        ),
        returns="int",
        says="""
            the Manhattan distance between the points {p} and {q}, given as (x, y)
            the sum of the absolute differences of the coordinates of {p} and {q}
            Compute the taxicab distance of two points {p} and {q}.
            how many steps along a grid it takes from {p} to {q} (tuples x, y)
            Manhattan distance: |x1 - x2| + |y1 - y2| for two points.
            the city block distance from the point {p} to the point {q}
            Return the horizontal plus the vertical distance of the (x, y) points {p} and {q}.
            the grid distance of {p} and {q}, moving only horizontally and vertically
            """,
        bodies="""
            return abs(p[0] - q[0]) + abs(p[1] - q[1])
            ---
            return sum(abs(x - y) for x, y in zip(p, q))
            """,
        wrong="""
            return p[0] - q[0] + p[1] - q[1]
            ---
            return max(abs(p[0] - q[0]), abs(p[1] - q[1]))
            """,
        reference=lambda p, q: len(range(*sorted((p[0], q[0])))) + len(range(*sorted((p[1], q[1])))),
        plan="Take the absolute differences of both coordinates. | Add them.",
        steps=lambda p, q: [abs(p[0] - q[0]), abs(p[1] - q[1])],
        properties=("result >= 0", "(result == 0) == (p == q)"),
    ),
    Classic(
        key="midpoint",
        tier=1,
        names="midpoint middle_point halfway center_point",
        given=(
            one_of("p a start point1", "tuple[int, int]", *_POINTS),
            one_of("q b end point2", "tuple[int, int]", *_POINTS),
        ),
        returns="tuple[float, float]",
        says="""
            the midpoint of the points {p} and {q}, as a tuple
            the point halfway between {p} and {q}, both given as (x, y)
            Compute the middle of the line from {p} to {q} as a tuple (x, y).
            a tuple of the averages of the x and of the y coordinates of {p} and {q}
            Midpoint of two points in the plane.
            the centre between the (x, y) points {p} and {q}
            Return the point with the mean coordinates of {p} and {q}.
            ((x1 + x2) / 2, (y1 + y2) / 2) for the points {p} and {q}
            """,
        bodies="""
            return ((p[0] + q[0]) / 2, (p[1] + q[1]) / 2)
            ---
            x = (p[0] + q[0]) / 2
            y = (p[1] + q[1]) / 2
            return x, y
            """,
        wrong="""
            return ((p[0] - q[0]) / 2, (p[1] - q[1]) / 2)
            ---
            return ((p[0] + q[0]) // 2, (p[1] + q[1]) // 2)
            """,
        reference=lambda p, q: ((c := 0.5 * (complex(*p) + complex(*q))).real, c.imag),
        plan="Average the x coordinates. | Average the y coordinates. | Return both as a tuple.",
        properties=("2 * result[0] == p[0] + q[0]", "2 * result[1] == p[1] + q[1]"),
    ),
    Classic(
        key="is_triangle",
        tier=2,
        names="is_triangle valid_triangle can_form_triangle triangle_possible",
        given=(whole("a x side1", 1, 9), whole("b y side2", 1, 9), whole("c z side3", 1, 9)),
        returns="bool",
        says="""
            whether a triangle with the sides {a}, {b} and {c} exists
            whether {a}, {b} and {c} can be the sides of a triangle (each shorter than the other two together)
            True if every one of {a}, {b}, {c} is less than the sum of the others
            Return True if three sticks of lengths {a}, {b} and {c} form a proper triangle.
            Do the side lengths {a}, {b} and {c} make a triangle? A flat one does not count.
            Check the triangle inequality for {a}, {b} and {c} (strictly).
            whether the largest of {a}, {b}, {c} is smaller than the sum of the two others
            True if a non-degenerate triangle with these three positive sides is possible, else False
            """,
        bodies="""
            return a + b > c and a + c > b and b + c > a
            ---
            sides = sorted([a, b, c])
            return sides[0] + sides[1] > sides[2]
            """,
        wrong="""
            return a + b > c
            ---
            return a + b >= c and a + c >= b and b + c >= a
            """,
        reference=lambda a, b, c: 2 * max(a, b, c) < a + b + c,
        draw=lambda rng: rng.choice((*_SIDES, (3, 1, 2), (5, 1, 1), (1, 5, 1), (2, 1, 3), (2, 3, 2))),
        plan="Sort the sides. | Return whether the two smaller ones together exceed the largest.",
        steps=lambda a, b, c: [sorted([a, b, c])],
        thought="A flat triangle, where the sum is equal, does not count.",
    ),
    Classic(
        key="is_right_triangle",
        tier=2,
        names="is_right_triangle right_angled is_pythagorean pythagorean_triple",
        given=(whole("a x side1", 1, 13), whole("b y side2", 1, 13), whole("c z side3", 1, 13)),
        returns="bool",
        says="""
            whether {a}, {b} and {c}, in any order, are the sides of a right triangle
            whether the squares of the two smaller of {a}, {b}, {c} add up to the square of the largest
            True if {a}, {b} and {c} form a Pythagorean triple in some order
            Return True if a triangle with the sides {a}, {b} and {c} has a right angle.
            Is the triangle with sides {a}, {b}, {c} right-angled? Any side may be the longest.
            Check Pythagoras for three side lengths given in any order.
            whether some order of {a}, {b} and {c} satisfies x**2 + y**2 == z**2
            True for sides like 3, 4, 5 or 13, 5, 12, in whatever order they come
            """,
        bodies="""
            x, y, z = sorted([a, b, c])
            return x * x + y * y == z * z
            ---
            longest = max(a, b, c)
            return a * a + b * b + c * c == 2 * longest * longest
            """,
        wrong="""
            return a * a + b * b == c * c
            ---
            x, y, z = sorted([a, b, c])
            return x + y == z
            """,
        reference=lambda a, b, c: any(x**2 + y**2 == z**2 for x, y, z in itertools.permutations((a, b, c))),
        draw=lambda rng: tuple(rng.sample(rng.choice(_SIDES), 3)),
        plan="Sort the sides. | Square them. | Return whether the two smaller squares add up to the largest.",
        steps=lambda a, b, c: [[side * side for side in sorted([a, b, c])]],
        thought="The longest side need not be the last.",
    ),
    Classic(
        key="triangle_kind",
        tier=2,
        names="triangle_type classify_triangle triangle_kind kind_of_triangle",
        given=(whole("a x side1", 1, 4), whole("b y side2", 1, 4), whole("c z side3", 1, 4)),
        returns="str",
        says="""
            'equilateral', 'isosceles' or 'scalene' for a triangle with the sides {a}, {b} and {c}
            Classify a triangle by its sides: 'equilateral' (all equal), 'isosceles' (just two equal) or 'scalene'.
            'equilateral' if {a}, {b} and {c} are all equal, 'isosceles' if exactly two are, else 'scalene'
            the kind of the triangle with sides {a}, {b}, {c}: equilateral, isosceles or scalene
            Return 'scalene' if all sides differ, 'isosceles' if two are equal and 'equilateral' if all three are.
            which type of triangle {a}, {b} and {c} make (string: 'equilateral', 'isosceles' or 'scalene')
            Name the triangle with these three sides: three equal 'equilateral', two equal 'isosceles', none 'scalene'.
            the triangle type by the number of equal sides among {a}, {b} and {c}: equilateral, isosceles, scalene
            """,
        bodies="""
            if a == b == c:
                return "equilateral"
            if a == b or b == c or a == c:
                return "isosceles"
            return "scalene"
            ---
            return ["equilateral", "isosceles", "scalene"][len({a, b, c}) - 1]
            """,
        wrong="""
            if a == b or b == c or a == c:
                return "isosceles"
            if a == b == c:
                return "equilateral"
            return "scalene"
            ---
            if a == b == c:
                return "equilateral"
            if a == b or b == c:
                return "isosceles"
            return "scalene"
            """,
        reference=lambda a, b, c: {3: "equilateral", 1: "isosceles", 0: "scalene"}[(a == b) + (b == c) + (a == c)],
        plan="If all sides are equal, it is equilateral. | If two are, it is isosceles. | Otherwise it is scalene.",
        properties=("result in ('equilateral', 'isosceles', 'scalene')",),
    ),
    Classic(
        key="box_volume",
        tier=1,
        names="volume box_volume cuboid_volume volume_of_box",
        given=(whole("length l a", 0, 9), whole("width w b", 0, 9), whole("height h c", 0, 9)),
        returns="int",
        says="""
            the volume of a box with the sides {length}, {width} and {height}
            {length} multiplied by {width} and by {height}
            Compute the volume of a cuboid from {length}, {width} and {height}.
            the product of {length}, {width} and {height}, the volume of a box
            how much a box of {length} x {width} x {height} holds
            Volume of a rectangular box.
            Given {length}, {width} and {height} of a box, return its volume.
            the volume of a {length} by {width} by {height} cuboid
            """,
        bodies="""
            return length * width * height
            ---
            base = length * width
            return base * height
            """,
        wrong="""
            return length + width + height
            ---
            return length * width
            """,
        reference=lambda a, b, c: math.prod((a, b, c)),
        plan="Multiply {length}, {width} and {height}.",
        properties=("result >= 0",),
    ),
    Classic(
        key="quadrant",
        tier=2,
        names="quadrant which_quadrant point_quadrant find_quadrant",
        given=(whole("x a", -5, 5, 0), whole("y b", -5, 5, 0)),
        returns="int",
        says="""
            the quadrant of the point ({x}, {y}): 1 to 4, or 0 if it lies on an axis
            1, 2, 3 or 4 for the quadrant that contains ({x}, {y}), 0 for points on an axis
            Find the quadrant of ({x}, {y}) counted counter-clockwise from the upper right one; on an axis return 0.
            in which quadrant the point with coordinates {x} and {y} is (1 upper right, 2 upper left, ...), 0 on an axis
            Return 1 if {x} and {y} are positive, 2 if only {y} is, 3 if none is, 4 if only {x} is; 0 if one is zero.
            the number of the quadrant in which ({x}, {y}) lies; axes give 0
            Quadrant of a point: 1 upper right, 2 upper left, 3 lower left, 4 lower right, 0 if a coordinate is 0.
            Classify the point ({x}, {y}) by quadrant (1-4), or 0 when {x} or {y} is zero.
            """,
        bodies="""
            if x == 0 or y == 0:
                return 0
            if y > 0:
                return 1 if x > 0 else 2
            return 3 if x < 0 else 4
            ---
            if x > 0 and y > 0:
                return 1
            if x < 0 and y > 0:
                return 2
            if x < 0 and y < 0:
                return 3
            if x > 0 and y < 0:
                return 4
            return 0
            """,
        wrong="""
            if y > 0:
                return 1 if x > 0 else 2
            return 3 if x < 0 else 4
            ---
            if x == 0 or y == 0:
                return 0
            if y > 0:
                return 1 if x > 0 else 2
            return 4 if x < 0 else 3
            """,
        reference=lambda x, y: 0 if not x * y else 1 + math.floor(math.degrees(math.atan2(y, x)) % 360 / 90),
        plan=(
            "If a coordinate is 0, return 0. | Above the x-axis it is 1 or 2, below it 3 or 4. | "
            "The sign of {x} decides which."
        ),
        properties=("0 <= result <= 4", "(result == 0) == (x * y == 0)"),
    ),
)
