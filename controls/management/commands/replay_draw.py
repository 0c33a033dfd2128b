"""manage.py replay_draw: work a draw out again from what is stored, and say whether everything holds."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from controls.actions.draws import replay_draw
from controls.models import Draw
from controls.rules import Check, Holding


class Command(BaseCommand):
    help = "Replay a draw by its id or number. Exit code 1 when anything does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("draw", help="the id of the draw, or its number")
        parser.add_argument("--json", action="store_true", help="all inputs and checks, for other programs")

    def handle(self, *args: object, **options: object) -> None:
        asked = str(options["draw"])
        draw = Draw.objects.filter(**({"pk": int(asked)} if asked.isdecimal() else {"number": asked})).first()
        if draw is None:
            raise CommandError(f"There is no draw {asked}.")
        checks = replay_draw(draw)
        if options["json"]:
            self.stdout.write(json.dumps(self._inputs(draw, checks), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(f"{draw.number}: {draw.get_state_display()}")
            for check, holding in checks:
                self.stdout.write(f"  {Holding(holding).label}: {Check(check).label}")
            for place, member in enumerate(draw.names, start=1):
                self.stdout.write(f"  {place}. {member.label} ({member.key})")
        if Holding.FAILS in [holding for _check, holding in checks]:
            raise SystemExit(1)

    def _inputs(self, draw: Draw, checks: list) -> dict:
        return {
            "number": draw.number,
            "state": draw.state,
            "list": draw.drawn_from.text,
            "list_digest": draw.list_digest,
            "commitment": draw.commitment,
            "seed": draw.seed,
            "value": draw.value,
            "final": draw.final,
            "result": draw.result,
            "checks": {str(check): str(holding) for check, holding in checks},
        }
