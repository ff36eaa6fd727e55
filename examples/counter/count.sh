# Counts ten times a second and stamps each count with the time. The count is nowhere but in memory.
count=0
while :; do
    count=$((count + 1))
    echo "$count $EPOCHREALTIME"
    sleep 0.1
done
