from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controls", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="task", name="task_of_organization"),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["position", "state", "due_on"], name="task_of_place"),
        ),
    ]
