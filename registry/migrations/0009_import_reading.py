import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_sign_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="LearnedHeading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form", models.CharField(max_length=100)),
                ("heading", models.CharField(max_length=200, verbose_name="heading")),
                ("column", models.CharField(max_length=20, verbose_name="column")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="learned_headings",
                        to="registry.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["unit", "form"],
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("unit", "form"), name="heading_learned_once")],
            },
        ),
    ]
