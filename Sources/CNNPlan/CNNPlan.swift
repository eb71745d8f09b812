// CNNPlan
