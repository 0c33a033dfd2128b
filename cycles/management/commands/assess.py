"""manage.py assess: work the scores of a cycle out anew from stored inputs, and say whether they are what was confirmed."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cycles.actions.assessment import inputs_of, score_of, told
from cycles.models import Assessment, Cycle
from cycles.rules import AssessmentState


class Command(BaseCommand):
    help = (
        "Work out the scores of the units in a cycle (its id, or CODE:YEAR of the region). Of confirmed assessments from the "
        "stored inputs: exit code 1 where one does not give the stored score."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cycle", help="id of the cycle, or CODE:YEAR")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: object, **options: object) -> None:
        cycle = self._cycle(str(options["cycle"]))
        found = []
        for assessment in Assessment.objects.filter(cycle=cycle).select_related("cycle__region", "unit"):
            is_confirmed = assessment.state == AssessmentState.CONFIRMED
            inputs = assessment.inputs if is_confirmed else inputs_of(assessment)
            result = told(score_of(inputs))
            found.append(
                {
                    "unit": assessment.unit.code,
                    "state": assessment.state,
                    "inputs": inputs,
                    "result": result,
                    "ok": not is_confirmed or result == assessment.result,
                }
            )
        if options["json"]:
            self.stdout.write(json.dumps({"cycle": str(cycle), "units": found}, ensure_ascii=False, indent=1))
        else:
            for each in found:
                self.stdout.write(
                    f"{each['unit']} {each['state']} {each['result']['total']} {'' if each['ok'] else 'DIFFERS'}".rstrip()
                )
        if not all(each["ok"] for each in found):
            raise SystemExit(1)

    def _cycle(self, asked: str) -> Cycle:
        code, _colon, year = asked.rpartition(":")
        found = (
            Cycle.objects.filter(region__code=code, year=year) if code and year.isdecimal() else Cycle.objects.none()
        )
        if asked.isdecimal():
            found = Cycle.objects.filter(pk=int(asked))
        cycle = found.select_related("region").first()
        if cycle is None:
            raise CommandError(f"There is no cycle {asked}.")
        return cycle
