"""Tokens to a tree (FHIRPath 2.0.0, appendix A grammar; precedence of section 6.9).

Depth is bounded, so that no text can exhaust the interpreter's stack.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from conformance.validator.fhirpath.errors import FHIRPathSyntaxError
from conformance.validator.fhirpath.lexer import KEYWORD_OPERATORS, Token, tokenize
from conformance.validator.fhirpath.quantity import CALENDAR_UNITS, Quantity
from conformance.validator.fhirpath.syntax import (
    Binary,
    Call,
    Constant,
    Expr,
    Index,
    Literal,
    Member,
    TypeOperation,
    Unary,
    Variable,
    levels,
)
from conformance.validator.fhirpath.temporal import parse_literal

_BINDING = {
    operator: power
    for power, operators in enumerate(
        ("implies", "or xor", "and", "in contains", "= ~ != !~", "< > <= >=", "|", "is as", "+ - &", "* / div mod"),
        start=1,
    )
    for operator in operators.split()
}
_SIGN_POWER = len(_BINDING) + 1
_MAX_DEPTH = 100
_NAMES = frozenset({"as", "contains", "in", "is"})
_TRUTH = {"true": True, "false": False}


@lru_cache(maxsize=4096)
def parse(text: str) -> Expr:
    """Parse an expression; raises FHIRPathSyntaxError, which says where."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.depth = 0

    def whole(self) -> Expr:
        expression = self.expression(0)
        if self.current.kind != "end":
            raise self.error(f"unexpected {self.current.text!r}")
        if levels(expression) > _MAX_DEPTH:
            raise self.error("nested too deeply")
        return expression

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    def error(self, message: str) -> FHIRPathSyntaxError:
        return FHIRPathSyntaxError(message, self.text, self.current.position)

    def advance(self) -> Token:
        token = self.tokens[self.position]
        self.position += token.kind != "end"
        return token

    def at(self, symbol: str) -> bool:
        return self.current.kind == "symbol" and self.current.text == symbol

    def accept(self, symbol: str) -> bool:
        if self.at(symbol):
            self.position += 1
            return True
        return False

    def expect(self, symbol: str) -> None:
        if not self.accept(symbol):
            raise self.error(f"expected {symbol!r}, found {self.current.text or 'the end'!r}")

    def expression(self, minimum: int) -> Expr:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.error("nested too deeply")
        left = self.operand()
        while (power := self.operator_power()) > minimum:
            operator = self.advance().text
            if operator in {"is", "as"}:
                left = self.postfix(TypeOperation(operator, left, self.type_name()))
            else:
                left = Binary(operator, left, self.expression(power))
        self.depth -= 1
        return left

    def operator_power(self) -> int:
        token = self.current
        if token.kind == "symbol" or (token.kind == "name" and token.text in KEYWORD_OPERATORS):
            return _BINDING.get(token.text, 0)
        return 0

    def operand(self) -> Expr:
        if self.at("+") or self.at("-"):
            operator = self.advance().text
            return Unary(operator, self.expression(_SIGN_POWER))
        return self.postfix(self.term())

    def postfix(self, expression: Expr) -> Expr:
        while True:
            if self.accept("."):
                expression = self.invocation(expression)
            elif self.accept("["):
                index = self.expression(0)
                self.expect("]")
                expression = Index(expression, index)
            else:
                return expression

    def term(self) -> Expr:
        token = self.current
        if self.accept("("):
            inner = self.expression(0)
            self.expect(")")
            return inner
        if self.accept("{"):
            self.expect("}")
            return Literal(None)
        if token.kind == "name" and token.text in _TRUTH:
            self.advance()
            return Literal(_TRUTH[token.text])
        if token.kind in {"name", "delimited"}:
            if token.kind == "name" and token.text in KEYWORD_OPERATORS - _NAMES:
                raise self.error(f"unexpected {token.text!r}")
            return self.invocation(None)
        return self.constant_term(self.advance())

    def constant_term(self, token: Token) -> Expr:
        match token.kind:
            case "string":
                return Literal(token.text)
            case "number":
                return self.number(token)
            case "temporal":
                try:
                    return Literal(parse_literal(token.text))
                except ValueError as problem:
                    raise FHIRPathSyntaxError(str(problem), self.text, token.position) from None
            case "variable":
                return Variable(token.text)
            case "constant":
                return Constant(token.text)
            case _:
                raise FHIRPathSyntaxError(f"unexpected {token.text or 'end'!r}", self.text, token.position)

    def number(self, token: Token) -> Literal:
        unit = self.current
        if unit.kind == "string":
            self.advance()
            return Literal(Quantity(Decimal(token.text), unit.text))
        if unit.kind == "name" and unit.text in CALENDAR_UNITS:
            self.advance()
            return Literal(Quantity(Decimal(token.text), CALENDAR_UNITS[unit.text], calendar=True))
        return Literal(Decimal(token.text) if "." in token.text else int(token.text))

    def invocation(self, source: Expr | None) -> Expr:
        token = self.advance()
        if source is not None and token.kind == "variable":
            raise FHIRPathSyntaxError(f"${token.text} cannot follow a dot", self.text, token.position)
        if token.kind not in {"name", "delimited"}:
            raise FHIRPathSyntaxError(f"expected a name, found {token.text or 'end'!r}", self.text, token.position)
        if not self.accept("("):
            return Member(source, token.text)
        arguments: list[Expr] = []
        if not self.accept(")"):
            arguments.append(self.expression(0))
            while self.accept(","):
                arguments.append(self.expression(0))
            self.expect(")")
        return Call(source, token.text, tuple(arguments))

    def type_name(self) -> str:
        names = [self.name()]
        while self.at(".") and self.tokens[self.position + 1].kind in {"name", "delimited"}:
            after = self.tokens[self.position + 2]
            if after.kind == "symbol" and after.text == "(":
                break
            self.advance()
            names.append(self.name())
        return ".".join(names)

    def name(self) -> str:
        token = self.advance()
        if token.kind not in {"name", "delimited"}:
            raise FHIRPathSyntaxError(
                f"expected the name of a type, found {token.text or 'end'!r}", self.text, token.position
            )
        return token.text
