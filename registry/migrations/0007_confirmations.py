import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_stand_ins"),
    ]

    operations = [
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("person.create", "enter a person"),
                            ("person.password", "give a new password"),
                            ("factor.reset", "remove a second factor"),
                            ("person.rename", "change the name of a person"),
                            ("person.end", "close an account"),
                            ("role.give", "give a role"),
                            ("role.end", "end a role"),
                            ("recusal.enter", "recuse somebody"),
                            ("recusal.end", "end a recusal"),
                            ("appointment.begin", "appoint somebody"),
                            ("appointment.end", "end an appointment"),
                            ("appointment.hand_over", "hand over a post"),
                            ("organization.move", "move an organization"),
                            ("organization.merge", "merge organizations"),
                            ("organization.split", "split a section"),
                            ("organization.close", "close an organization"),
                            ("post.move", "move a post"),
                            ("post.close", "close a post"),
                            ("post.successor", "name who takes over a post"),
                            ("organization.import", "take in a workbook"),
                        ],
                        max_length=30,
                        verbose_name="act",
                    ),
                ),
                ("values", models.JSONField()),
                ("before", models.JSONField(default=dict)),
                ("key", models.CharField(max_length=80)),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for confirmation"),
                            ("in_effect", "in effect, to be confirmed"),
                            ("confirmed", "confirmed"),
                            ("declined", "declined"),
                            ("taken_back", "taken back"),
                            ("lapsed", "lapsed"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("entered_with", models.CharField(max_length=30)),
                ("confirmed_with", models.CharField(max_length=30)),
                ("lapses_on", models.DateField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("remark", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="registry.organization",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "confirmation",
                "verbose_name_plural": "confirmations",
                "ordering": ["-pk"],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["state", "confirmed_with", "organization"], name="confirmation_open"),
                    models.Index(fields=["organization", "state"], name="confirmation_place"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", models.F("entered_by")), _negated=True),
                        name="confirmation_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", models.F("person")), _negated=True),
                        name="confirmation_not_by_whom_it_is_about",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("confirmed_with", models.F("entered_with")), _negated=True),
                        name="confirmation_other_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["confirmed", "declined"]),
                            ),
                            models.Q(("decided_by", None), ("state__in", ["taken_back", "lapsed"])),
                            models.Q(
                                ("decided_at", None), ("decided_by", None), ("state__in", ["waiting", "in_effect"])
                            ),
                            _connector="OR",
                        ),
                        name="confirmation_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("key",), name="confirmation_waits_once"
                    ),
                ],
            },
        ),
        migrations.AlterField(
            model_name="assignment",
            name="assigned_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name="recusal",
            name="entered_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
    ]
