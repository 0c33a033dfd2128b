"""Addresses of the first floor."""

from django.urls import path

from .views import tasks

app_name = "controls"

urlpatterns = [
    # Tasks: filed measures carried out.
    path("tasks/", tasks.my_tasks, name="my-tasks"),
    path("tasks/board/", tasks.board, name="task-board"),
    path("tasks/board.xlsx", tasks.board_export, name="task-board-export"),
    path("tasks/occurrences/", tasks.occurrences, name="occurrences"),
    path("tasks/occurrences/<int:pk>/", tasks.occurrence, name="occurrence-report"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/report/", tasks.report, name="task-report"),
    path("tasks/<int:pk>/send-back/", tasks.send_back, name="task-send-back"),
    path("tasks/<int:pk>/files/<int:file>/", tasks.task_file, name="task-file"),
    path("tasks/of-point/<str:code>/", tasks.point_tasks, name="point-tasks"),
]
