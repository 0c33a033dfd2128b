import datetime as dt
import secrets

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from registry.rules import digest

# What was sealed when seals began: table, columns that may still change, rows that were final.
FINAL = (
    ("pointversion", {"position", "state", "valid_to"}, ~models.Q(state="draft")),
    ("measureversion", {"state", "valid_to"}, ~models.Q(state="draft")),
    ("submission", {"withdrawn_at"}, models.Q()),
    ("decision", set(), models.Q()),
    ("remark", set(), models.Q()),
    ("naming", set(), models.Q()),
    ("noticeline", {"position", "upheld_by_id"}, models.Q()),
    ("assignment", set(), models.Q()),
    ("recusal", set(), models.Q()),
    ("appointment", set(), models.Q()),
)
AT_ONCE = 2_000


def seal_what_was_there(apps, schema_editor) -> None:
    """Seal every row that was final before there were seals."""
    seal_rows(apps, FINAL)


def seal_rows(apps, final_rows) -> None:
    """Seal rows of `final_rows` (table, columns that may still change, which are final) in one entry of the console."""
    entries, heads, seals, forms, people = (
        apps.get_model("registry", name) for name in ("auditentry", "audithead", "seal", "sealform", "person")
    )
    head = heads.objects.filter(pk=1).first()
    if head is None:
        return  # a new installation
    console = people.objects.filter(username="console").first() or people.objects.create(
        username="console",
        name="console",
        is_active=False,
        password="!",  # noqa: S106 - no password
    )
    salt = secrets.token_hex(16)
    entry = entries(
        sequence=head.sequence + 1,
        form=2,
        at=timezone.now(),
        actor=console,
        act="seals.begin",
        subject="seals",
        salt=salt,
        content_digest=digest([salt, None]),
        previous=head.digest,
    )
    entry.save(force_insert=True)
    put_down = []
    for name, loose, final in final_rows:
        model = apps.get_model("registry", name)
        columns = sorted({field.attname for field in model._meta.concrete_fields} - loose)
        form = None
        for row in model.objects.filter(final).order_by("pk").values(*columns).iterator(AT_ONCE):
            form = form or forms.objects.create(table=name, columns=columns)
            seal = seals(entry=entry, form=form, row=row["id"], salt=secrets.token_hex(16))
            seal.digest = digest([seal.salt, name, seal.row, {key: plain(value) for key, value in row.items()}])
            put_down.append(seal)
    seals.objects.bulk_create(put_down, batch_size=AT_ONCE)
    entry.seals = digest([[seal.form_id, seal.row, seal.salt, seal.digest] for seal in put_down]) if put_down else ""
    entry.digest = digest(
        {
            "sequence": entry.sequence,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actor": entry.actor_id,
            "act": entry.act,
            "subject": entry.subject,
            "content": entry.content_digest,
            "previous": entry.previous,
            "form": entry.form,
            "organization": entry.organization_id,
            "salt": entry.salt,
            "seals": entry.seals,
        }
    )
    entry.save(update_fields=["seals", "digest"])
    heads.objects.filter(pk=1).update(sequence=entry.sequence, digest=entry.digest)


def plain(value):
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, dt.date) else value


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0004_all_levels"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveBigIntegerField()),
                ("salt", models.CharField(max_length=40)),
                ("digest", models.CharField(max_length=80)),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SealForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=30)),
                ("columns", models.JSONField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="auditentry",
            name="form",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="organization",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.organization"
            ),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="salt",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="seals",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="act",
            field=models.CharField(max_length=60, verbose_name="act"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="at",
            field=models.DateTimeField(verbose_name="time"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="subject",
            field=models.CharField(max_length=80, verbose_name="subject"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor", "sequence"], name="audit_by_actor"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["organization", "sequence"], name="audit_by_place"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["act", "sequence"], name="audit_by_act"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["at"], name="audit_by_time"),
        ),
        migrations.AddField(
            model_name="seal",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.auditentry"
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.sealform"
            ),
        ),
        migrations.AddIndex(
            model_name="seal",
            index=models.Index(fields=["form", "row"], name="seal_of_row"),
        ),
        migrations.RunPython(seal_what_was_there, migrations.RunPython.noop),
    ]
