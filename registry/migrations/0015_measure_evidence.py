from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0014_controls_permissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="measureversion",
            name="evidence",
            field=models.CharField(
                blank=True, default="", max_length=500, verbose_name="what will show that it was done"
            ),
            preserve_default=False,
        ),
    ]
