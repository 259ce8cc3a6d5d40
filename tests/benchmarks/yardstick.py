"""The yardstick of the speed tests: a customer month of the same kind, as a plain Mesa model.

Written the way a Mesa user would write it: one agent per customer, attributes on the agent, the standard
library's random numbers, no array of any kind. It is meant to be fair rather than slow: no copying, no
data collector, no shuffling, rare branches behind rare draws. Its numbers are illustrative: only its speed
is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import mesa


@dataclass
class Firm:
    """Policy and monthly tallies of one firm."""

    handoff_success: float
    conceded_share: float
    alternative_share: float
    offer: tuple[float, ...] = (0.0, 0.0, 0.0)
    price: float = 100.0
    load: float = 1.0
    standing: float = 0.6
    customers: int = 0
    contacts: int = 0
    failures: int = 0
    requests: int = 0
    granted: int = 0
    complaints: int = 0
    abuse: int = 0
    left: int = 0
    revenue: float = 0.0
    cost: float = 0.0
    satisfaction: float = 0.0
    trust: float = 0.0

    def close_month(self) -> None:
        """Let this month's work make next month's queue and standing, and start the tallies again."""
        if self.customers:
            self.load = 0.5 * self.load + 0.5 * self.contacts / self.customers
            self.standing = self.satisfaction / self.customers
        self.customers = self.contacts = self.failures = self.requests = self.granted = 0
        self.complaints = self.abuse = self.left = 0
        self.revenue = self.cost = self.satisfaction = self.trust = 0.0


class Customer(mesa.Agent):
    """A customer with needs, beliefs and feelings, who stays with one firm until she leaves for the other."""

    def __init__(self, model: Market) -> None:
        super().__init__(model)
        random = model.random
        self.firm = random.choice(model.firms)
        self.needs = [random.gauss(0, 0.3) for _ in range(3)]
        self.temper = random.betavariate(1, 9)
        self.restlessness = random.gammavariate(1, 0.016)
        self.neighbours: list[Customer] = []
        self.expectation = self.satisfaction = self.trust = 0.6
        self.entitlement = 0.5
        self.opinion = self.heard = 0.6
        self.tenure = 0

    def listen(self) -> None:
        """Hear last month's opinions, before anybody forms a new one."""
        if self.neighbours:
            self.heard = sum([n.opinion for n in self.neighbours]) / len(self.neighbours)

    def step(self) -> None:
        """Live one month."""
        self.drift()
        quality = self.journey()
        utility = self.request()
        self.feel(quality, utility)
        self.account()
        self.decide()

    def drift(self) -> None:
        """Needs follow a slow autoregression."""
        gauss = self.random.gauss
        self.needs = [0.98 * n + gauss(0, 0.05) for n in self.needs]

    def journey(self) -> float:
        """Contact across silos: fit to needs, less waiting and failed hand-offs."""
        firm, random = self.firm, self.random.random
        misfit = sum([(n - o) ** 2 for n, o in zip(self.needs, firm.offer, strict=True)])
        quality = exp(-misfit) - 0.1 * max(firm.load - 1, 0)
        if random() < 0.6:
            firm.contacts += 1
            if random() < 0.4 and random() > firm.handoff_success**2:
                firm.failures += 1
                firm.contacts += 1
                firm.cost += 6
                quality -= 0.3
                if random() < 0.3:
                    quality += self.complain()
        return quality

    def complain(self) -> float:
        """Voice a failure; recovery costs the firm and soothes."""
        firm = self.firm
        firm.complaints += 1
        if self.random.random() < 0.6:
            firm.cost += 10
            return 0.35
        return -0.1

    def request(self) -> float:
        """Ask for something outside the agreement, where that seems worth the hassle."""
        firm, random = self.firm, self.random
        if random.random() >= 0.15:
            return 0.0
        value = random.lognormvariate(-1.2, 0.8)
        if value * self.entitlement <= 0.1:
            return 0.0
        firm.requests += 1
        cost = value * random.lognormvariate(-0.32, 0.8)
        net = -0.1
        granted = random.random() < firm.conceded_share
        if granted:
            firm.granted += 1
            firm.cost += cost * firm.price
            net += value
        elif random.random() < firm.alternative_share:
            net += 0.5 * value
        if not granted and random.random() < self.temper * self.entitlement:
            firm.abuse += 1
        surprise = net - self.entitlement * value
        self.entitlement += 0.15 * (granted - self.entitlement)
        return net + (surprise if surprise > 0 else 2.25 * surprise)

    def feel(self, quality: float, utility: float) -> None:
        """Satisfaction and trust follow disconfirmation, losses weighing more; expectation learns."""
        gap = quality - self.expectation
        felt = gap if gap > 0 else 2.25 * gap
        self.satisfaction += (quality + 0.5 * felt + utility - self.satisfaction) / 6
        self.trust = min(1.0, max(0.0, self.trust + (0.04 * gap if gap > 0 else 0.1 * gap)))
        self.expectation += (quality - self.expectation) / 6
        self.opinion = 0.5 * self.satisfaction + 0.4 * self.trust + 0.1 * self.heard

    def account(self) -> None:
        """Add this month to the tallies of the firm."""
        firm = self.firm
        firm.customers += 1
        firm.revenue += firm.price
        firm.cost += 35
        firm.satisfaction += self.satisfaction
        firm.trust += self.trust
        self.tenure += 1

    def decide(self) -> None:
        """A hazard to reconsider, then a choice between the two firms."""
        own, other = self.firm, self.model.rival[id(self.firm)]
        hazard = self.restlessness * exp(-1.5 * (self.opinion - 0.5 * (other.standing + self.heard)))
        if self.random.random() < hazard:
            pull = other.standing - self.satisfaction - 0.5 * self.trust
            if self.random.random() < 1 / (1 + exp(-3 * pull)):
                own.left += 1
                self.firm, self.tenure = other, 0
                self.expectation = other.standing


class Market(mesa.Model):
    """Two firms and their customers, each of whom talks with about six others."""

    def __init__(self, n_customers: int = 1_000, rng: int = 1) -> None:
        super().__init__(rng=rng)
        self.firms = [Firm(0.9, 0.9, 0.0), Firm(0.96, 0.3, 0.6)]
        self.rival = {id(a): b for a, b in zip(self.firms, reversed(self.firms), strict=True)}
        people = [Customer(self) for _ in range(n_customers)]
        for one in people:
            for _ in range(3):
                two = self.random.choice(people)
                one.neighbours.append(two)
                two.neighbours.append(one)

    def step(self) -> None:
        """One month of the market."""
        for firm in self.firms:
            firm.close_month()
        self.agents.do("listen")
        self.agents.do("step")
